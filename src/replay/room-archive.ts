import { randomBytes } from 'node:crypto';
import type { Element } from '@xmpp/component';
import { partsOfKey } from '../presence/room-recogniser.js';
import type { Session } from '../presence/session.js';
import type { SpoolPort } from '../spool/client.js';
import type { Gap, RoomMessage } from '../spool/content.js';
import { type Archived, readArchived } from '../tap/archived.js';
import { keyById } from '../tap/room.js';
import { NS } from '../xmpp/namespaces.js';
import { escapeAttribute, escapeText } from '../xmpp/serialize.js';
import { shortKey } from '../xmpp/short-key.js';
import { writeStamp } from '../xmpp/stamp.js';
import { ArchivePages, inPortions, PAGE } from './archive-pages.js';
import type { Clock } from './clock.js';
import { Coming } from './coming.js';

interface RoomArchiveSurroundings {
  /** The component's own domain. */
  domain: string;
  clock: Clock;
  spool: SpoolPort;
  /** At the moment: nothing older than `maxAge` is fetched, and of one gap `maxPerRoom` at most, the newest. */
  limits(): { readonly maxPerRoom: number; readonly maxAge: number };
  send(text: string): boolean;
  /** As the spool keeps it; null where it is not to be kept. @param before it was said before that date */
  roomMessage(room: string, archived: Archived, before: number): RoomMessage | null;
  /** A session had a message from the room's own history. Returns the group it is in, undefined where it has gone. */
  handed(session: Session, key: string): number | undefined;
  /** What a session that has come in missed is in the spool. */
  filled(session: Session): void;
  note(line: string): void;
}

/** Queries under way at most; further rooms wait. */
const AT_ONCE = 8;
/** A page that has not come after so long will not come, in ms. */
const PATIENCE = 20_000;
/** A room whose archive does not answer is not asked again for so long, in ms. */
const ASK_AGAIN = 3_600_000;
/** Of so many rooms that is remembered. */
const MOST_REFUSED = 10_000;

interface Fetch {
  readonly room: string;
  readonly gap: Gap;
  /** The id of the query under way, empty before it. */
  query: string;
  readonly pages: ArchivePages;
  /** As a date: what is heard live comes after it. */
  readonly begunAt: number;
  giveUp: () => void;
}

/**
 * Fetches from a room's archive (XEP-0313) what was said while nobody of the vhosts was in it, for then no copies come.
 * The newest page first, up to the last message that was heard, so that clocks do not matter.
 */
export class RoomArchive {
  readonly #around: RoomArchiveSurroundings;
  readonly #coming = new Map<string, Coming>();
  readonly #fetches = new Map<string, Fetch>();
  readonly #waiting: Fetch[] = [];
  readonly #refusedAt = new Map<string, number>();
  #underWay = 0;

  constructor(around: RoomArchiveSurroundings) {
    this.#around = around;
  }

  /** A session comes into a room; to be told before the spool is. */
  joining(session: Session, room: string): Promise<void> {
    return this.#fillGaps(session, room, true);
  }

  /** A session is found to be in a room, whose join was not seen. */
  found(session: Session, room: string): Promise<void> {
    return this.#fillGaps(session, room, false);
  }

  async #fillGaps(session: Session, room: string, opens: boolean): Promise<void> {
    const { clock, spool } = this.#around;
    const refusedAt = this.#refusedAt.get(shortKey(room));
    const isRefused = refusedAt !== undefined && clock.now() - refusedAt < ASK_AGAIN;
    const coming = isRefused ? null : (this.#coming.get(room) ?? new Coming());
    if (coming !== null) {
      this.#coming.set(room, coming);
      coming.add(session);
      coming.asking++;
    }
    // also where it is not asked now, so that it is known what is missing
    const gaps = await spool.ask({ ask: 'gaps', room, opens, at: clock.date() });
    if (coming === null || this.#coming.get(room) !== coming) return; // refused, or the stream has gone meanwhile
    coming.asking--;
    const [gap] = gaps ?? [];
    if (gap !== undefined && !this.#fetches.has(room)) this.#begin(room, gap);
    this.#forget(room, coming);
  }

  /** Nobody is waiting for what was missed there. */
  #forget(room: string, { asking }: Coming): void {
    if (asking === 0 && !this.#fetches.has(room)) this.#coming.delete(room);
  }

  /** A session got what was said in a room, from the room itself. */
  heard(session: Session, room: string, key: string, live: boolean): void {
    this.#coming.get(room)?.heard(session, partsOfKey(key).shared, live);
  }

  /** A message came to the component; true where it is a result of an archive that was asked. */
  result(stanza: Element, from: string): boolean {
    const archived = readArchived(stanza);
    if (archived === undefined) return false;
    const fetch = this.#fetches.get(from);
    if (fetch?.query === archived.query) {
      fetch.pages.add({ id: archived.id, message: this.#around.roomMessage(from, archived, fetch.begunAt) });
    }
    return true;
  }

  /** An iq answer came to the component; true where it ends a page. */
  answered(stanza: Element, from: string): boolean {
    const fetch = this.#fetches.get(from);
    if (fetch === undefined || fetch.query === '' || stanza.attrs.id !== fetch.query) return false;
    fetch.giveUp();
    if (stanza.attrs.type === 'error') this.#refused(fetch);
    else this.#turn(fetch, stanza.getChild('fin', NS.mam));
    return true;
  }

  /** The stream is gone. */
  stop(): void {
    for (const { giveUp } of this.#fetches.values()) giveUp();
    this.#fetches.clear();
    this.#coming.clear();
    this.#waiting.length = 0;
    this.#underWay = 0;
  }

  #begin(room: string, gap: Gap): void {
    const none = () => undefined;
    const pages = new ArchivePages();
    const begunAt = this.#around.clock.date();
    const fetch: Fetch = { room, gap, query: '', pages, begunAt, giveUp: none };
    this.#fetches.set(room, fetch);
    this.#waiting.push(fetch);
    this.#next();
  }

  #next(): void {
    while (this.#underWay < AT_ONCE) {
      const fetch = this.#waiting.shift();
      if (fetch === undefined) return;
      this.#underWay++;
      this.#ask(fetch, fetch.gap.before ?? '');
    }
  }

  #ask(fetch: Fetch, before: string): void {
    const { clock, domain, limits, send } = this.#around;
    fetch.query = randomBytes(9).toString('base64url');
    fetch.pages.begin();
    const oldest = clock.date() - limits().maxAge;
    const since = fetch.gap.after === null ? Math.max(oldest, fetch.gap.since) : oldest;
    fetch.giveUp = clock.after(PATIENCE, () => this.#refused(fetch));
    send(queryOf(domain, fetch.room, fetch.query, since, before));
  }

  /** A page is complete: the gap is, or an earlier page is asked for. */
  #turn(fetch: Fetch, fin: Element | undefined): void {
    const { pages, gap } = fetch;
    const before = pages.turn(gap.after, fin);
    if (before === null || pages.found.length >= this.#around.limits().maxPerRoom)
      void this.#fill(fetch, true);
    else this.#ask(fetch, before);
  }

  /** It does not answer, or not to us; what it has told so far is used, and the rest asked for another time. */
  #refused(fetch: Fetch): void {
    if (this.#refusedAt.size >= MOST_REFUSED) this.#refusedAt.clear();
    this.#refusedAt.set(shortKey(fetch.room), this.#around.clock.now());
    // One that gives no ids keeps no archive, as many do.
    if (fetch.gap.after !== null) {
      this.#around.note(
        `${fetch.room}: its archive does not answer, so what was said while nobody was there is unknown as yet`,
      );
    }
    void this.#fill(fetch, fetch.gap.after === null);
  }

  /** @param isAll nothing more of the gap is to be fetched */
  async #fill(fetch: Fetch, isAll: boolean): Promise<void> {
    const { room, gap } = fetch;
    const coming = this.#coming.get(room) ?? new Coming();
    const { live } = coming;
    fetch.query = '';
    const { clock, spool, limits, note } = this.#around;
    // what was heard live ends the gap; behind it may be another one
    const heard = fetch.pages.found.findIndex(({ id }) => live.has(keyById(id)));
    const found = heard < 0 ? fetch.pages.found : fetch.pages.found.slice(0, heard);
    // what was heard under no id ends none, for equal messages may follow
    const missed = found
      .slice(-limits().maxPerRoom)
      .filter(({ message }) => message === null || !live.has(message.identity));
    const [first] = found;
    const filled = isAll
      ? { last: found.at(-1)?.id ?? null }
      : first === undefined
        ? null
        : { from: first.id };
    const portions = inPortions(missed);
    const last = portions.pop() ?? [];
    let stored = 0;
    for (const [messages, of] of [...portions.map(one => [one, null] as const), [last, filled] as const]) {
      // in one with what is stored, or a replay that is under way would take it in between
      const had = this.#handed(coming, messages);
      stored += (await spool.ask({ ask: 'fill', room, gap, messages, filled: of, had })) ?? 0;
    }
    const [next] = (isAll && (await spool.ask({ ask: 'gaps', room, opens: false, at: clock.date() }))) || [];
    if (this.#fetches.get(room) !== fetch) return; // the stream has gone meanwhile
    if (stored > 0) note(`${room}: ${stored} fetched from its archive`);
    for (const session of coming.sessions) this.#around.filled(session);
    this.#fetches.delete(room);
    if (next !== undefined) this.#begin(room, next);
    this.#forget(room, coming);
    this.#underWay--;
    this.#next();
  }

  /** Which of these messages those that are back had from the room's own history. */
  #handed(coming: Coming, messages: readonly RoomMessage[]) {
    return messages.flatMap(message =>
      [...coming.whoHad(message)].flatMap(session => {
        const group = this.#around.handed(session, message.key);
        return group === undefined ? [] : [{ session: session.key, group, key: message.key }];
      }),
    );
  }
}

/** Asks a room for the page of its archive before a message, or for its last page (XEP-0313, XEP-0059). */
function queryOf(domain: string, room: string, id: string, since: number, before: string): string {
  const start = writeStamp(since);
  const last = before === '' ? '<before/>' : `<before>${escapeText(before)}</before>`;
  return (
    `<iq from='${domain}' to='${escapeAttribute(room)}' type='set' id='${id}'><query xmlns='${NS.mam}' queryid='${id}'>` +
    `<x xmlns='${NS.dataForms}' type='submit'><field var='FORM_TYPE'><value>${NS.mam}</value></field>` +
    `<field var='start'><value>${start}</value></field></x>` +
    `<set xmlns='${NS.rsm}'><max>${PAGE}</max>${last}</set></query></iq>`
  );
}
