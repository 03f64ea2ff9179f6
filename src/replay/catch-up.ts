import type { Session } from '../presence/session.js';
import type { Taken } from '../spool/content.js';
import type { ReplayMarks } from '../tap/marks.js';
import { Awaited } from './awaited.js';
import type { Effect } from './effect.js';
import type { Handed } from './handed.js';
import type { Line } from './line.js';
import type { Pace } from './pace.js';
import { type Input, type Phase, step } from './phase.js';
import { Window } from './window.js';

export interface CatchUpSettings {
  /** After presence the session is left to ejabberd's own flood until this long nothing of it came, in ms. */
  settle: number;
  /** Messages of a replay that one ping closes. */
  chunk: number;
}

/** Queries to the archive that are waited for; no client has so many under way. */
const MOST_QUERIES = 100;
const NEVER = Number.POSITIVE_INFINITY;
const NO_ANSWER = { sentAt: -NEVER, at: -NEVER };

/** How one session gets what it is owed: settle, check, and replay in chunks. Pure: time comes in, effects come out. */
export class CatchUp {
  /** How many messages of a replay may be on their way to it. */
  readonly window = new Window();
  readonly #session: Session;
  readonly #settings: CatchUpSettings;
  readonly #pace: Pace;
  readonly #line: Line;
  readonly #book: Handed;
  readonly #awaited = new Awaited();
  /** Rooms that it is known to be in. */
  readonly #rooms = new Set<string>();
  #phase: Phase = { is: 'unannounced' };
  /** The ping that was answered last: when it went out, and when its answer came. */
  #answered = NO_ANSWER;
  #replayed = 0;
  /** When its presence came, in ms, until its first chunk is sent or it turns out to lack nothing; then null. */
  #waitsSince: number | null = null;

  constructor(session: Session, settings: CatchUpSettings, pace: Pace, line: Line, book: Handed) {
    this.#session = session;
    this.#settings = settings;
    this.#pace = pace;
    this.#line = line;
    this.#book = book;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get isReplaying(): boolean {
    return this.#phase.is === 'taking' || this.#phase.is === 'replaying';
  }

  /** When it has settled, if nothing more comes. */
  get settledAt(): number {
    return this.#phase.is === 'settling' ? this.#phase.until : NEVER;
  }

  /** When a ping is to go out, for its answer is needed before anything can be replayed. */
  get checkAt(): number {
    const since = this.#phase.is === 'checking' ? this.#phase.since : NEVER;
    return Math.min(this.#awaited.checkAt ?? NEVER, since);
  }

  /** Its presence came. @param isAnew it may be that of another stream */
  available(isAnew: boolean, now: number): void {
    if (isAnew) {
      this.#rooms.clear(); // it has joined none yet
      this.window.begin();
    }
    if (!this.#takesReplays) this.#phase = step(this.#phase, { is: 'hides' }, now);
    else if (isAnew || this.#phase.is === 'unannounced') {
      this.#waitsSince = now;
      this.settle(now);
    }
  }

  /** Flood, history or archive may come: they are waited for, whatever is under way. */
  settle(now: number, queries?: ReadonlySet<string>): void {
    if (!this.#takesReplays) return;
    const asked = queries === undefined ? {} : { queries };
    this.#phase = step(this.#phase, { is: 'settles', for: this.#settings.settle, ...asked }, now);
  }

  /** Some of it came: the rest is waited for. */
  unsettle(now: number): void {
    if (this.#phase.is === 'settling') this.settle(now);
  }

  /** It asks the archive: the answer is waited for. */
  archiveQuery(id: string, now: number): void {
    if (this.#phase.is !== 'settling' || this.#phase.queries.size >= MOST_QUERIES) return;
    this.settle(now, new Set([...this.#phase.queries, id]));
  }

  archiveEnd(id: string, now: number): void {
    if (this.#phase.is !== 'settling') return;
    this.settle(now, new Set([...this.#phase.queries].filter(one => one !== id)));
  }

  /** It is in a room: it has just joined, so that the history is to come, or was heard there first. */
  entered(room: string, joined: boolean, now: number): void {
    if (this.#rooms.has(room) && !joined) return;
    this.#rooms.add(room);
    this.settle(now);
  }

  left(room: string): void {
    this.#rooms.delete(room);
  }

  /** A message was sent that it is expected to get. */
  expect(identity: string, now: number): void {
    if (!this.#takesReplays || this.#line.state === 'spared') return; // nobody can find out whether it came
    this.#awaited.add(identity, now, Math.max(this.#settings.settle, this.#pace.gap(now)));
  }

  /** A message has come. */
  came(identity: string): void {
    this.#awaited.came(identity);
  }

  /** Is a copy with these marks that of a replay to this session, which is no news? */
  isEcho(marks: ReplayMarks): boolean {
    return this.#book.underWay.echoes.take(marks, this.#book.era);
  }

  /** Finds out whether something is owed, and replays it. Harmless at any time. @param since it was not delivered */
  check(now: number, since: number, out: Effect[]): void {
    if (!this.#pace.duty.replays) return;
    if (this.#line.state === 'spared' && this.#session.presence === null) return; // it may not be there
    this.#step({ is: 'check', since, underWay: this.#book.underWay.messages }, now, out);
  }

  /** The spool says whether it owes the session something. */
  owes(owed: boolean, now: number): Effect[] {
    const out: Effect[] = [];
    const room = owed && this.#phase.is === 'asking' ? this.#room() : [];
    // where an answer is awaited, that says more than the one before
    const answered = this.#book.awaited === undefined ? this.#answered : NO_ANSWER;
    this.#step({ is: 'owes', owed, answered, room }, now, out);
    return out;
  }

  /** Does it still want what it has asked the spool for? A room that it has entered may bring that itself now. */
  wants(chunks: readonly number[]): boolean {
    return this.#phase.is === 'taking' && this.#phase.chunks === chunks;
  }

  /**
   * A chunk is being put on the stream, and copies of it come back. A ping that goes out meanwhile overtakes the rest of it.
   * @param messages so many are in it; others than those that are `sendable` are set aside
   * @returns to be called once all of it is there
   */
  sends(chunk: number, messages: number, sendable: readonly Taken[]): (now: number) => Effect[] {
    const { era } = this.#book;
    this.#book.underWay.echoes.expect(chunk, sendable, era);
    return now => {
      if (!this.#book.sent(chunk, messages, era, now)) return [{ do: 'release', groups: [chunk] }];
      this.#replayed += messages;
      const since = this.#waitsSince;
      this.#waitsSince = null;
      return since === null ? [] : [{ do: 'waited', ms: now - since }];
    };
  }

  /** The spool has given so many chunks, which have been sent. */
  took(given: number, now: number): Effect[] {
    const out: Effect[] = [];
    const room = given > 0 && this.#phase.is === 'taking' ? this.#room() : [];
    this.#step({ is: 'took', given, underWay: this.#book.underWay.messages, room }, now, out);
    return out;
  }

  /** A ping goes out. */
  pinged(): void {
    this.#awaited.pinged();
  }

  /** A ping was answered, or a copy counts: what has waited for it goes on. @param sentAt when the ping went out */
  answered(sentAt: number, now: number, out: Effect[]): void {
    const { underWay } = this.#book;
    this.#answered = { sentAt, at: now };
    if (underWay.messages === 0) underWay.echoes.clear(); // all copies came before this answer
    const before = this.#phase;
    const lost = this.#awaited.lostBefore(sentAt);
    const room = this.isReplaying || before.is === 'checking' ? this.#room() : [];
    this.#step({ is: 'answered', sentAt, lost, room }, now, out);
    if (lost && this.#phase === before) this.check(now, sentAt, out);
  }

  /** Who answered may not have shown its presence yet: nothing is replayed before. */
  postpone(now: number): void {
    if (this.#phase.is === 'checking') this.settle(now);
    else this.#awaited.postpone(now);
  }

  /** It may be gone: what it has answered before allows no replay any more. */
  doubt(now: number): void {
    this.#answered = NO_ANSWER;
    if (this.#phase.is === 'taking') this.settle(now); // what it takes is not sent
  }

  /** Time has passed. */
  wake(now: number, out: Effect[]): void {
    if (this.settledAt > now) return;
    this.#phase = step(this.#phase, { is: 'settled' }, now);
    // what it is owed was stored before its presence, so that an answer since then shows that it was not delivered
    this.check(now, this.#session.availableAt, out);
    if (this.#phase.is === 'idle') this.#waitsSince = null;
  }

  end(now: number): void {
    this.#phase = step(this.#phase, { is: 'ends' }, now);
  }

  get #takesReplays(): boolean {
    return (this.#session.priority ?? -1) >= 0;
  }

  #step(input: Input, now: number, out: Effect[]): void {
    const before = this.#phase;
    const next = step(before, input, now);
    this.#phase = next;
    if (next === before) return;
    if (next.is === 'asking' && !next.again) out.push({ do: 'ask' });
    if (next.is === 'taking' && !(before.is === 'taking' && before.chunks === next.chunks)) {
      out.push({ do: 'take', chunks: next.chunks, limit: this.window.chunkOf(this.#settings.chunk) });
    }
    if (next.is !== 'idle') return;
    this.#waitsSince = null;
    if (before.is === 'taking' && this.#replayed > 0) {
      out.push({ do: 'note', line: `${this.#session.jid.full}: replayed ${this.#replayed}, all proved` });
      this.#replayed = 0;
    }
    if ('again' in before && before.again) this.check(now, now, out);
  }

  /** Numbers for chunks, where the line takes more of them now. */
  #room(): number[] {
    if (!this.#pace.duty.replays) return [];
    return this.#book.reserve(this.window.roomFor(this.#settings.chunk, this.#book.underWay.messages));
  }
}
