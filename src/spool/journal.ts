import type { Database } from 'better-sqlite3';
import { parseJid } from '../xmpp/jid.js';
import type { HistoryLimits, HistoryLog } from './history/history-log.js';
import type { HandlingKind, Happening, SessionKind } from './history/lines.js';

/** What may happen to a message: put into the spool, sent by respool, proved by a device, and what became of it else. */
export const EVENT_KINDS = [
  'stored',
  'replayed',
  'proved',
  'bounced',
  'refused',
  'expired',
  'evicted',
  'dropped',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Something that has happened to a message. */
export interface QueueEvent {
  /** In ms since 1970. */
  at: number;
  kind: EventKind;
  id: number;
  /** null: what was said in a room, to all that lack it. */
  account: string | null;
  /** null: the account as a whole, or all of its devices. */
  device: string | null;
  from: string;
  to: string;
  type: string;
  stanzaId: string | null;
  /** Who had delivered what was proved. */
  by: 'ejabberd' | 'respool' | null;
}

/** Which events somebody wants to hear of; null: of all. */
export interface Wanted {
  account: string | null;
  kinds: readonly EventKind[] | null;
}

/** What the journal of a batch holds, and how many events did not fit. */
export interface Happened {
  events: QueueEvent[];
  missed: number;
}

/** Events kept of one batch: a crowd of them must not hold up who only commits. */
const MOST_EVENTS = 1_000;

type Described = Pick<QueueEvent, 'account' | 'from' | 'to' | 'type' | 'stanzaId'>;
/** `jid`: the session's, where it happened to one. */
type Noted = { id: number; at: number; device?: string | null; jid?: string; by?: QueueEvent['by'] };

/** What has these may be written in other ways. */
const NOT_PLAIN = /[^\x21-@[-~]/;

/** A JID as it is searched for; what is none stays as it is. */
function normal(jid: string): string {
  return NOT_PLAIN.test(jid) ? (parseJid(jid)?.full ?? jid) : jid;
}

/** Whether an event is one of those wanted. */
export function isWanted({ account, kind }: QueueEvent, wanted: Wanted): boolean {
  return (
    (wanted.account === null || account === null || account === wanted.account) &&
    (wanted.kinds === null || wanted.kinds.includes(kind))
  );
}

/** What happens to messages, for those who follow, and for the history; where there is neither it is off, and costs nothing. */
export class Journal {
  readonly #describe;
  readonly #expired;
  readonly #history: HistoryLog | null;
  #wanted: readonly Wanted[] = [];
  #events: QueueEvent[] = [];
  #missed = 0;

  constructor(db: Database, history: HistoryLog | null = null) {
    this.#history = history;
    this.#describe = db.prepare<[{ id: number }], Described>(`
      SELECT jid AS account, sender AS "from", recipient AS "to", coalesce(type, 'normal') AS type,
        stanza_id AS stanzaId
      FROM message JOIN account ON account.id = message.account WHERE message.id = @id
      UNION ALL SELECT NULL, sender, room.jid, 'groupchat', stanza_id
      FROM room_message AS said JOIN room ON room.id = said.room WHERE said.id = @id
      UNION ALL SELECT account, sender, recipient, coalesce(type, 'normal'), stanza_id
      FROM remote_message WHERE id = @id`);
    this.#expired = db
      .prepare<[number, number], number>('SELECT id FROM room_message WHERE expires_at <= ? LIMIT ?')
      .pluck();
  }

  get isOn(): boolean {
    return this.#wanted.length > 0 || this.#history?.isOn === true;
  }

  /** These are noted from now on. */
  want(wanted: readonly Wanted[]): void {
    this.#wanted = wanted;
  }

  /** What an event says of a message, to be asked before the message is gone. */
  describe(id: number): Described | undefined {
    return this.isOn ? this.#describe.get({ id }) : undefined;
  }

  /** Notes an event; nothing where the message was not there. `account`: of whom, where it was said in a room. */
  note(kind: EventKind, noted: Noted, before?: Described, account?: string): void {
    this.#keep(kind, noted, before);
    const described = before ?? (this.#wanted.length > 0 ? this.#describe.get(noted) : undefined);
    if (described === undefined) return;
    const { id, at, device = null, by = null } = noted;
    const whose = described.account ?? account ?? null;
    const event = { id, at, ...described, kind, device, by, account: whose };
    if (!this.#wanted.some(wanted => isWanted(event, wanted))) return;
    if (this.#events.length < MOST_EVENTS) this.#events.push(event);
    else this.#missed++;
  }

  /** Notes what rooms had that is about to be removed, for its time is over. */
  noteExpiredInRooms(judgedAt: number, at: number): void {
    if (!this.isOn) return;
    for (const id of this.#expired.all(judgedAt, MOST_EVENTS)) this.note('expired', { id, at });
  }

  /** A session was handed a message, or what replaces it. */
  handed(jid: string, id: number, kind: 'handed' | 'replaced' = 'handed'): void {
    const history = this.#history;
    if (history?.isOn === true) history.add(happening(kind, { id, at: history.now(), jid }));
  }

  /** A session cannot prove these any more. */
  lost(jid: string, ids: readonly number[]): void {
    const history = this.#history;
    if (history?.isOn !== true) return;
    for (const id of ids) history.add(happening('lost', { id, at: history.now(), jid }));
  }

  /** A message that another spool had is in this one now: for the history, it is not new to those who follow. */
  restored(id: number): void {
    const history = this.#history;
    if (history?.isOn === true) this.#keep('stored', { id, at: history.now() });
  }

  /** A message has left this spool: what the other respool has takes the place of all that was here. */
  cleared(id: number): void {
    const history = this.#history;
    if (history?.isOn === true) history.add(happening('cleared', { id, at: history.now() }));
  }

  /** Something happened to a session; null: to all. */
  session(kind: SessionKind, jid: string | null): void {
    const history = this.#history;
    if (history?.isOn === true) history.add({ is: 'session', at: history.now(), kind, jid });
  }

  /** The history has other limits from now on. */
  limit(limits: HistoryLimits | null): void {
    this.#history?.limit(limits);
  }

  /** Of the history goes what is too old. */
  tend(): void {
    this.#history?.tend();
  }

  /** Of the history goes what names an account. */
  forget(account: string): void {
    this.#history?.forget(account);
  }

  /** What was noted since, or null; it is for a batch that has been committed. */
  take(): Happened | null {
    const happened = { events: this.#events, missed: this.#missed };
    this.#events = [];
    this.#missed = 0;
    return happened.events.length === 0 && happened.missed === 0 ? null : happened;
  }

  #keep(kind: EventKind, noted: Noted, before?: Described): void {
    const history = this.#history;
    if (history?.isOn !== true) return;
    if (kind !== 'stored') return history.add(happening(kind, noted));
    const { id, at } = noted;
    const described = before ?? this.#describe.get({ id });
    if (described === undefined) return;
    const { from, to, ...others } = described;
    history.add({ is: 'stored', id, at, ...others, from: normal(from), to: normal(to) });
  }
}

/** A line of the history. */
function happening(
  kind: Exclude<EventKind, 'stored'> | HandlingKind,
  { id, at, jid, by = null }: Noted,
): Happening {
  return { is: 'happening', id, at, kind, jid: jid ?? null, by };
}
