import type { StreamGuess } from '../presence/login.js';
import type { Session } from '../presence/session.js';
import type { Answers, Taken } from '../spool/command.js';
import type { SessionEnd } from '../tap/bounce.js';
import type { Way } from '../tap/event.js';
import type { ReplayMarks } from '../tap/marks.js';
import { Awaited } from './awaited.js';
import { Echoes } from './echoes.js';
import { Groups, type Ping, type Recalled } from './groups.js';
import { Line, type LineSettings, type LineState, TIME_TO_ANSWER } from './line.js';
import type { Pace } from './pace.js';
import { type Phase, settle } from './phase.js';
import { Unsure } from './unsure.js';
import { Window } from './window.js';

export interface DeliverySettings extends LineSettings {
  /** After presence the session is left to ejabberd's own flood until this long nothing of it came, in ms. */
  settle: number;
  /** Messages of a replay that one ping closes. */
  chunk: number;
}

/** What a delivery wants done, in this order. */
export type Effect =
  | { do: 'ping'; ping: Ping }
  /** A ping is made and answered at once: it does not go out. */
  | { do: 'mark'; ping: Ping }
  /** `took`: how long its answer took, in ms; null: the client has not answered, a copy counts as receipt. */
  | { do: 'prove'; ping: Ping; groups: readonly number[]; took: number | null }
  /** These did not arrive: they are owed again, to others of the account too. */
  | { do: 'release'; groups: readonly number[] }
  /** Does the spool owe the session something? The answer goes to `owes`. */
  | { do: 'ask' }
  /** Takes messages into these chunks. What comes goes to `took`. */
  | { do: 'take'; chunks: readonly number[] }
  | { do: 'silent'; silent: boolean }
  | { do: 'mute'; mute: boolean }
  /** It lets these pings pass: what it was handed, and is from now on, is to outlast this process. */
  | { do: 'write-down'; pings: readonly Ping[] }
  /** It has answered: that is not needed any more. */
  | { do: 'wipe' }
  /** A message that was taken for received was a sending. */
  | { do: 'store-again'; identity: string }
  /** The server says that there is no such session any more. */
  | { do: 'gone' }
  | { do: 'note'; line: string };

/** So many chunks at most are taken from the spool at once, as soon as there is room: each time is a commit. */
const CHUNKS_AT_ONCE = 4;
/** And so many messages, unless one chunk has more. */
const MOST_AT_ONCE = 400;
/** The first ping after a pause waits so long at least, in ms, so that one ping proves a whole flood. */
const BURST = 50;
/** A session that acts without presence may be on its way to announce itself; it is not pinged for this long, in ms. */
export const BEFORE_PRESENCE = 10_000;
/** Who has not answered after so long, in ms, may be asleep: what it holds is written down. */
const LATE = 150;
/** A ping returned within this time shows that the session was gone before, in ms. */
const AT_ONCE = 1_000;
/** Where a new stream shows itself, the answer to a ping before it is awaited so long at most, in ms. */
const AFTER_SIGN = 2_000;
/** An answer no older than this, in ms, still shows that the session is there. */
const FRESH = 5_000;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * One session's way from presence to proof: settle, check, replay in chunks, and the proof of what came live. A pure
 * state machine: what happens goes in with its time, what is to be done comes out as effects, and `wakesAt` says when
 * it is to be told the time.
 */
export class Delivery {
  readonly session: Session;
  readonly #settings: DeliverySettings;
  readonly #pace: Pace;
  readonly #knownSince: number;
  readonly #groups = new Groups();
  readonly #line: Line;
  readonly #echoes = new Echoes();
  readonly #awaited = new Awaited();
  readonly #unsure = new Unsure();
  /** Rooms that it is known to be in. */
  readonly #rooms = new Set<string>();
  #window = new Window();
  #phase: Phase = { is: 'unannounced' };
  /** The ping that was answered last: when it went out, and when its answer came. */
  #answered = { sentAt: -NEVER, at: -NEVER };
  /** A ping is to go out at this moment, whatever there is to prove; NEVER: none. */
  #askAt = NEVER;
  /** The answer that is awaited may never come, for its stream may have ended: until when it is awaited. */
  #awaitedUntil = NEVER;
  #replayed = 0;
  /** What it was handed outlasts this process. */
  #isWrittenDown = false;

  constructor(session: Session, settings: DeliverySettings, pace: Pace, now: number) {
    this.session = session;
    this.#settings = settings;
    this.#pace = pace;
    this.#knownSince = now;
    this.#line = new Line(settings);
  }

  /** How it stands. */
  get phase(): Phase {
    return this.#phase;
  }

  get line(): LineState {
    return this.#line.state;
  }

  /** When the oldest ping went out that is not answered, or null. */
  get unansweredSince(): number | null {
    return this.#groups.oldest?.sentAt ?? null;
  }

  /** True while something that was handed to it is not proved, though it answers. */
  get awaitsProof(): boolean {
    return this.#groups.isOpen && this.#line.state !== 'asleep' && this.#phase.is !== 'ended';
  }

  /** Presence came; `stream` says whether it may be that of another stream than before. */
  available(stream: StreamGuess, now: number): Effect[] {
    const out: Effect[] = [];
    this.#awake(out);
    this.#doubt(now);
    if (stream === 'renewed') this.#renewed(out);
    if (stream !== 'same') {
      this.#rooms.clear(); // it has joined none yet
      this.#window = new Window(); // another line, it may be
    }
    if (!this.#takesReplays) this.#phase = { is: 'unannounced' };
    else if (stream !== 'same' || this.#phase.is === 'unannounced') this.#settle(now);
    return out;
  }

  /** The client does what clients do at a login, and not in the middle of a stream: it may be a new one. */
  sign(now: number): Effect[] {
    const out: Effect[] = [];
    this.#awake(out);
    this.#doubt(now);
    return out;
  }

  /** What it does shows for certain that the stream is new, since the first sign of it. */
  renewed(now: number): Effect[] {
    const out: Effect[] = [];
    this.#awake(out);
    this.#renewed(out);
    if (this.#takesReplays) this.#settle(now);
    return out;
  }

  /** The client sent a stanza of its own. */
  acted(now: number): Effect[] {
    const out: Effect[] = [];
    const { oldest } = this.#groups;
    if (oldest !== null && now - oldest.sentAt > TIME_TO_ANSWER) this.#groups.sign(now);
    if (this.#awake(out) && this.#groups.isOpen) this.#askAt = now;
    return out;
  }

  /** Is it still there? Asks the session at once. */
  doubted(now: number): void {
    this.#doubt(now);
    this.#askAt = Math.min(this.#askAt, now);
    this.#awaitedUntil = Math.min(this.#awaitedUntil, now + AFTER_SIGN);
  }

  /** Is it still there? Asks the session soon, though nothing speaks against it. */
  asked(now: number): void {
    this.#askAt = Math.min(this.#askAt, now);
  }

  /** What is known of the device from before. */
  knownToAnswer(answers: Answers): Effect[] {
    return this.#line.known(answers) ? [{ do: 'mute', mute: false }] : [];
  }

  /**
   * Its device let these pings pass before respool was away, and was handed more: it may still be asleep.
   * @param askAt it is asked then
   */
  recall(pings: readonly Recalled[], unasked: readonly number[], askAt: number, now: number): Effect[] {
    this.#groups.recall(pings, unasked, now);
    this.#line.sleeps(askAt);
    this.#askAt = Math.min(this.#askAt, askAt);
    this.#isWrittenDown = true;
    return [
      { do: 'silent', silent: true },
      { do: 'write-down', pings: this.#groups.unanswered },
    ];
  }

  /** The number of a ping that went out under this id before respool was away, if it has no answer yet. */
  numberOf(id: string): number | undefined {
    return this.#groups.numberOf(id);
  }

  /** Pings are to be kept from it, or are not any more: where they are, the copy counts as receipt. */
  spare(spared: boolean, now: number): Effect[] {
    const out: Effect[] = [];
    if (!this.#line.spare(spared) || !spared) return out;
    this.#awake(out);
    if (this.#groups.isOpen) this.#ping(now, out);
    return out;
  }

  /** It has answered a ping that was not of this delivery. */
  answersPings(): Effect[] {
    const out: Effect[] = [];
    this.#answers(out);
    return out;
  }

  /** A message was sent that this session is expected to get. */
  expect(identity: string, now: number): void {
    if (!this.#takesReplays || this.#isSpared) return; // of that one nobody can find out whether it came
    this.#awaited.add(identity, now, Math.max(this.#settings.settle, this.#pace.gap(now)));
  }

  /**
   * ejabberd handed a message to the session. Returns the group it is in.
   * @param unsure it may have been a sending
   * @param hold for so many ms it may turn out that another session has it
   */
  handed(identity: string, way: Way, now: number, unsure = false, hold = 0): number {
    const group =
      hold > 0
        ? this.#groups.handedInDoubt(now + hold)
        : this.#groups.handed(way, now + Math.max(BURST, this.#pace.gap(now)));
    this.#awaited.came(identity);
    if (unsure) this.#unsure.add(group, identity);
    return group;
  }

  /** Of a group that was held it is known now whether this session, or another one, was handed what is in it. */
  decided(group: number, got: boolean, now: number): Effect[] {
    const out: Effect[] = [];
    if (got) this.#groups.confirm(group, now + BURST);
    else this.#release(this.#groups.deny(group), out);
    return out;
  }

  /** Is a copy with these marks that of a replay to this session, which is no news? */
  isEcho(marks: ReplayMarks): boolean {
    return this.#echoes.take(marks);
  }

  /** The server returned a message to its sender. Was it one that may have been a sending? It was none, then. */
  returnedToSender(identity: string): boolean {
    return this.#unsure.remove(identity);
  }

  /** The session is in a room: it has just joined, so that the history is to come, or was heard there first. */
  isIn(room: string, joined: boolean, now: number): void {
    if (this.#rooms.has(room) && !joined) return;
    this.#rooms.add(room);
    if (this.#takesReplays) this.#settle(now);
  }

  isOut(room: string): void {
    this.#rooms.delete(room);
  }

  /** Flood, history or archive are still coming. */
  unsettle(now: number): void {
    if (this.#phase.is === 'settling') this.#settle(now);
  }

  archiveQuery(id: string, now: number): void {
    if (this.#phase.is === 'settling') this.#settle(now, new Set([...this.#phase.queries, id]));
  }

  archiveEnd(id: string, now: number): void {
    if (this.#phase.is !== 'settling') return;
    this.#settle(now, new Set([...this.#phase.queries].filter(one => one !== id)));
  }

  /** Finds out whether something is owed, and replays it. Harmless at any time. */
  check(now: number): Effect[] {
    return this.#check(now);
  }

  /** Somebody wants it to be asked now, though it may be asleep. */
  replayNow(now: number): Effect[] {
    const out: Effect[] = [];
    this.#awake(out);
    this.#askAt = now;
    if (this.#groups.awaited !== null) this.#awaitedUntil = now;
    return [...out, ...this.#check(now)];
  }

  /** The spool says whether it owes the session something. */
  owes(owed: boolean, now: number): Effect[] {
    if (this.#phase.is !== 'asking') return [];
    const { since, again } = this.#phase;
    this.#phase = { is: 'idle' };
    if (!owed) return again ? this.#check(now) : [];
    const { sentAt, at } = this.#answered;
    if (sentAt >= since && now - at <= FRESH) return this.#take(again, true);
    this.#phase = { is: 'checking', since };
    return [];
  }

  /** Does it still want what it has asked the spool for? A room that it has entered may bring that itself now. */
  wants(chunks: readonly number[]): boolean {
    return this.#phase.is === 'taking' && this.#phase.chunks === chunks;
  }

  /** A chunk of a replay is put on the stream; copies of it come back. */
  sends(chunk: number, messages: readonly Taken[], now: number): void {
    this.#echoes.expect(messages);
    this.#groups.sent(chunk, now);
    this.#replayed += messages.length;
  }

  /** It was put there: its ping follows, unless one is under way. */
  sent(now: number): Effect[] {
    const out: Effect[] = [];
    if (this.#pingAt() <= now) this.#ping(now, out);
    return out;
  }

  /** The spool has given so many chunks, which have been sent. */
  took(chunks: number, now: number): Effect[] {
    if (this.#phase.is !== 'taking') return [];
    const { again, isShort } = this.#phase;
    if (chunks > 0) return this.#take(again);
    if (isShort) {
      this.#phase = { is: 'checking', since: now };
      return [];
    }
    if (this.#groups.chunks > 0) {
      this.#phase = { is: 'replaying', again };
      return [];
    }
    this.#phase = { is: 'idle' };
    const out: Effect[] = [];
    if (this.#replayed > 0) {
      out.push({ do: 'note', line: `${this.session.jid.full}: replayed ${this.#replayed}, all proved` });
      this.#replayed = 0;
    }
    if (again) out.push(...this.#check(now));
    return out;
  }

  /** The client answered a ping. */
  answered(number: number, now: number): Effect[] {
    const out: Effect[] = [];
    this.#answers(out);
    const answer = this.#groups.answered(number, now);
    if (answer === undefined) return out;
    const { ping, proved } = answer;
    this.#prove(ping, proved, now - ping.sentAt, out);
    if (this.#groups.awaited === null && this.#awaitedUntil !== NEVER) {
      if (this.#askAt === this.#awaitedUntil) this.#askAt = NEVER;
      this.#awaitedUntil = NEVER;
    }
    this.#answered = { sentAt: ping.sentAt, at: now };
    for (let chunk = proved.length; chunk > 0; chunk--) this.#window.seen(ping.sentAt, now, true);
    this.#wipe(out);
    out.push(...this.#goOn(ping, now));
    return out;
  }

  /** The server returned a ping, for the session has ended (`end`), or with an error that says nothing of that. */
  returned(number: number, end: SessionEnd | null, now: number): Effect[] {
    const ping = this.#groups.find(number);
    if (ping === undefined) return [];
    if (end === null) return this.#cannotBeAsked(ping, now);
    const lost = this.#groups.returned(ping);
    const out: Effect[] = [];
    const { availableAt } = this.session;
    const isAnew = availableAt > ping.sentAt; // a new session has begun since; the ping was for the one before it
    lost.push(...this.#groups.renewed(isAnew ? availableAt : now + 1));
    if (end === 'missing' && now - ping.sentAt < AT_ONCE) this.#sentAgain(lost, out);
    if (!isAnew) return [...out, { do: 'gone' }];
    this.#release(lost, out);
    this.#wipe(out);
    out.push(...this.#check(now));
    return out;
  }

  /** Asks at once for the proof of what no ping has followed yet. */
  hurry(now: number): void {
    if (this.#groups.dueAt !== null) this.#askAt = now;
  }

  /** This process goes: what the session holds is for the next one to prove, by a ping that has gone out. */
  leave(now: number): Effect[] {
    const out: Effect[] = [];
    const { awaited, dueAt } = this.#groups;
    const isAsked = awaited !== null || dueAt === null || this.#line.state === 'asleep';
    if (!isAsked && this.session.priority !== null) this.#ping(now, out);
    this.#writeDown(out);
    return out;
  }

  /** The session is over: what it has answered, it had. */
  end(): Effect[] {
    const out: Effect[] = [];
    this.#proveSettled(NEVER, out);
    this.#phase = { is: 'ended' };
    return out;
  }

  /** When it wants `wake` to be called, in ms. */
  wakesAt(): number {
    if (this.#phase.is === 'ended') return NEVER;
    const settled = this.#phase.is === 'settling' ? this.#phase.until : NEVER;
    const decided = this.#groups.decidedAt;
    return Math.min(settled, this.#pingAt(), this.#lateAt(), this.#overdueAt(), decided);
  }

  /** Time has passed. */
  wake(now: number): Effect[] {
    const out: Effect[] = [];
    if (this.#phase.is === 'settling' && this.#phase.until <= now) {
      this.#phase = { is: 'idle' };
      // what it is owed was stored before its presence, so that an answer since then shows that it was not delivered
      out.push(...this.#check(now, this.session.availableAt));
    }
    this.#proveSettled(now, out);
    this.#release([...this.#groups.overtaken(now), ...this.#groups.excess()], out);
    if (this.#lateAt() <= now) this.#writeDown(out);
    if (this.#overdueAt() <= now) this.#overdue(now, out);
    if (this.#pingAt() <= now) this.#ping(now, out);
    return out;
  }

  get #takesReplays(): boolean {
    return (this.session.priority ?? -1) >= 0;
  }

  get #isSpared(): boolean {
    return this.#line.state === 'spared';
  }

  get #isReplaying(): boolean {
    return this.#phase.is === 'taking' || this.#phase.is === 'replaying';
  }

  #settle(now: number, queries?: ReadonlySet<string>): void {
    this.#phase = settle(this.#phase, this.#settings.settle, now, queries);
  }

  #check(now: number, since = now): Effect[] {
    if (this.#pace.isRushed) return [];
    if (this.#isSpared && this.session.presence === null) return []; // it may not be there
    // what was under way is lost
    if (this.#phase.is === 'replaying' && this.#groups.chunks === 0) this.#phase = { is: 'idle' };
    switch (this.#phase.is) {
      case 'idle':
        this.#phase = { is: 'asking', since, again: false };
        return [{ do: 'ask' }];
      case 'asking':
      case 'taking':
      case 'replaying':
        this.#phase = { ...this.#phase, again: true };
        return [];
      default:
        return []; // it will be found when it has settled, or with the answer to the ping
    }
  }

  #take(again = false, isShort = false): Effect[] {
    const { chunk } = this.#settings;
    const most = this.#window.chunksOf(chunk);
    const atOnce = Math.max(1, Math.min(CHUNKS_AT_ONCE, most, Math.floor(MOST_AT_ONCE / chunk)));
    if (this.#pace.isRushed || this.#groups.chunks + atOnce > most) {
      this.#phase = { is: 'replaying', again };
      return [];
    }
    const chunks = Array.from({ length: atOnce }, () => this.#groups.reserve());
    this.#phase = { is: 'taking', chunks, again, isShort };
    return [{ do: 'take', chunks }];
  }

  /** After an answer: what waited for it. */
  #goOn(ping: Ping, now: number): Effect[] {
    if (this.#groups.chunks === 0) this.#echoes.clear(); // all copies came before this answer
    const lost = this.#awaited.lostBefore(ping.sentAt);
    if (this.#phase.is === 'replaying') return this.#take(this.#phase.again || lost);
    if (this.#phase.is === 'checking' && ping.sentAt >= this.#phase.since) return this.#take();
    return lost ? this.#check(now, ping.sentAt) : [];
  }

  #answers(out: Effect[]): void {
    const before = this.#line.answered();
    if (before === 'asleep') out.push({ do: 'silent', silent: false });
    if (before === 'mute') {
      out.push({ do: 'mute', mute: false });
      out.push({ do: 'note', line: `${this.session.jid.full} answers pings again` });
    }
  }

  #awake(out: Effect[]): boolean {
    if (!this.#line.awake()) return false;
    out.push({ do: 'silent', silent: false });
    return true;
  }

  #doubt(now: number): void {
    this.#groups.sign(now);
    if (this.#groups.awaited === null) return;
    this.#awaitedUntil = Math.min(this.#awaitedUntil, now + AFTER_SIGN);
    this.#askAt = Math.min(this.#askAt, this.#awaitedUntil);
  }

  #renewed(out: Effect[]): void {
    this.#release(this.#groups.renewed(this.session.login.since), out);
  }

  #prove(ping: Ping, groups: readonly number[], took: number | null, out: Effect[]): void {
    out.push({ do: 'prove', ping, groups, took });
    this.#unsure.take(groups);
  }

  #proveSettled(now: number, out: Effect[]): void {
    for (const { group, ping, answeredAt } of this.#groups.settled(now)) {
      this.#prove(ping, [group], answeredAt - ping.sentAt, out);
    }
  }

  #release(groups: readonly number[], out: Effect[]): void {
    if (groups.length === 0) return;
    this.#unsure.take(groups);
    out.push({ do: 'release', groups });
  }

  /** The session was gone before, so equal messages without id that were taken for receptions were sendings. */
  #sentAgain(groups: readonly number[], out: Effect[]): void {
    for (const identity of this.#unsure.take(groups)) out.push({ do: 'store-again', identity });
  }

  #ping(now: number, out: Effect[]): void {
    if (this.#groups.awaited !== null) this.#groups.giveUpWaiting();
    const ping = this.#groups.ping(now);
    if (this.#isSpared) return this.#pingInVain(ping, now, out);
    if (!this.#isReplaying) this.#pace.pinged(now);
    this.#line.pinged(now, this.#pace.gap(now));
    this.#awaited.pinged();
    this.#askAt = NEVER;
    this.#awaitedUntil = NEVER;
    out.push({ do: 'ping', ping });
    if (this.#isWrittenDown) out.push({ do: 'write-down', pings: [ping] });
  }

  #writeDown(out: Effect[]): void {
    if (this.#isWrittenDown || this.#groups.oldest === null || this.#line.state === 'mute') return;
    this.#isWrittenDown = true;
    out.push({ do: 'write-down', pings: this.#groups.unanswered });
  }

  /** No ping is without an answer any more. */
  #wipe(out: Effect[]): void {
    if (!this.#isWrittenDown || this.#groups.oldest !== null) return;
    this.#isWrittenDown = false;
    out.push({ do: 'wipe' });
  }

  /** When what it holds is to be written down. */
  #lateAt(): number {
    const { awaited } = this.#groups;
    if (this.#isWrittenDown || awaited === null || this.#line.state === 'mute') return NEVER;
    return awaited.sentAt + LATE;
  }

  /** Nobody is asked: the copy counts as receipt. */
  #pingInVain(ping: Ping, now: number, out: Effect[]): void {
    this.#awaited.pinged();
    this.#askAt = NEVER;
    this.#awaitedUntil = NEVER;
    out.push({ do: 'mark', ping });
    this.#answeredBySilence(ping, now, out);
  }

  /** When the next ping is to go out. One at a time; none to a session that is asleep but after long whiles. */
  #pingAt(): number {
    if (this.#groups.awaited !== null && this.#awaitedUntil === NEVER) return NEVER;
    const line = this.#line.state === 'asleep' || !this.#isReplaying ? this.#line.nextAt : -NEVER;
    const proof = Math.max(this.#proofAt(), line);
    const checks = [
      this.#askAt,
      this.#awaited.checkAt ?? NEVER,
      this.#phase.is === 'checking' ? this.#phase.since : NEVER,
    ];
    const check = Math.max(Math.min(...checks), this.#line.state === 'asleep' ? this.#line.nextAt : -NEVER);
    const soonest = Math.max(
      Math.min(proof, check),
      this.#groups.awaited === null ? -NEVER : this.#awaitedUntil,
    );
    if (this.session.priority !== null) return soonest;
    return Math.max(soonest, this.#knownSince + BEFORE_PRESENCE);
  }

  /** When what was handed wants proof. */
  #proofAt(): number {
    const { dueAt, oldest } = this.#groups;
    if (dueAt !== null) return dueAt;
    // nobody waits any more for the answer to the last ping
    return oldest === null ? NEVER : oldest.sentAt + this.#settings.proofTimeout;
  }

  #overdueAt(): number {
    const awaited = this.#groups.awaited;
    return awaited === null ? NEVER : awaited.sentAt + this.#line.patience(this.#settings.settle);
  }

  #overdue(now: number, out: Effect[]): void {
    const ping = this.#groups.awaited;
    if (ping === null) return;
    this.#groups.giveUpWaiting();
    if (this.#line.state !== 'mute') this.#window.seen(ping.sentAt, now, false);
    const wasMute = this.#line.state === 'mute';
    const line = this.#line.overdue(this.session.activeAt);
    if (line === 'mute') {
      if (!wasMute) this.#tellMute('answers no pings though it is alive', out);
      this.#answeredBySilence(ping, now, out);
      return;
    }
    out.push({ do: 'silent', silent: true });
    if (line === 'asleep') {
      out.push({
        do: 'note',
        line: `${this.session.jid.full}: no answer to a ping, its messages stay pending`,
      });
    }
  }

  /** It answers nothing, so that nothing can be known: the copy counts as receipt. */
  #answeredBySilence({ number }: Ping, now: number, out: Effect[]): void {
    const answer = this.#groups.answered(number, Number.NEGATIVE_INFINITY);
    if (answer === undefined) return;
    const before = this.#groups.overtaken(NEVER);
    this.#prove(answer.ping, [...answer.proved, ...before], null, out);
    this.#proveSettled(NEVER, out);
    this.#answered = { sentAt: answer.ping.sentAt, at: now };
    this.#wipe(out);
    out.push(...this.#goOn(answer.ping, now));
  }

  #cannotBeAsked(ping: Ping, now: number): Effect[] {
    const out: Effect[] = [];
    if (this.#line.state !== 'mute') this.#tellMute('lets no ping of respool through', out);
    this.#line.cannotBeAsked();
    this.#answeredBySilence(ping, now, out);
    return out;
  }

  #tellMute(why: string, out: Effect[]): void {
    out.push({ do: 'mute', mute: true });
    out.push({
      do: 'note',
      line: `${this.session.jid.full} ${why}; from now on the copy counts as receipt`,
    });
  }
}
