import { isInTables } from '../presence/attribution.js';
import type { StreamGuess } from '../presence/login.js';
import type { Session } from '../presence/session.js';
import type { Answers } from '../spool/content.js';
import type { Way } from '../tap/event.js';
import type { ReplayMarks } from '../tap/marks.js';
import type { SessionEnd } from '../tap/session-end.js';
import { CatchUp, type CatchUpSettings } from './catch-up.js';
import { collect, type Effect } from './effect.js';
import { Evidence } from './evidence.js';
import { Line, type LineSettings, type LineState } from './line.js';
import type { Pace } from './pace.js';
import type { Phase } from './phase.js';
import type { Recalled } from './ping.js';
import { Proof } from './proof.js';

export interface DeliverySettings extends LineSettings, CatchUpSettings {}

/** The first ping after a pause waits so long at least, in ms, so that one ping proves a whole flood. */
const BURST = 50;

/**
 * One session's way from presence to proof. A pure state machine: what happens goes in with its time, what is to be done
 * comes out as effects, and `wakesAt` says when it is to be told the time.
 */
export class Delivery {
  readonly session: Session;
  /** What it is still owed, and how it gets that. */
  readonly catchUp: CatchUp;
  /** What it was handed, and what becomes of that. */
  readonly evidence = new Evidence();
  readonly #pace: Pace;
  readonly #line: Line;
  readonly #proof: Proof;

  constructor(session: Session, settings: DeliverySettings, pace: Pace, now: number) {
    const line = new Line(session.jid.full, settings);
    const { evidence } = this;
    const catchUp = new CatchUp(session, settings, pace, line, evidence.book);
    this.session = session;
    this.catchUp = catchUp;
    this.#pace = pace;
    this.#line = line;
    this.#proof = new Proof(session, settings, pace, { evidence, line, catchUp }, now);
  }

  /** How it stands. */
  get phase(): Phase {
    return this.catchUp.phase;
  }

  get line(): LineState {
    return this.#line.state;
  }

  /** When the oldest ping went out that is not answered, or null. */
  get unansweredSince(): number | null {
    return this.evidence.book.unansweredSince;
  }

  /** True while something that it was handed is not proved, though it answers. */
  get awaitsProof(): boolean {
    return this.evidence.book.isOpen && this.line !== 'asleep' && this.phase.is !== 'ended';
  }

  /** Presence came; `stream` says whether it may be that of another stream than before. */
  available(stream: StreamGuess, now: number): Effect[] {
    const out = this.sign(now);
    if (stream === 'renewed') this.#proof.renewed(now, out);
    this.catchUp.available(stream !== 'same', now);
    return out;
  }

  /** The client does what clients do at a login, and not in the middle of a stream: it may be a new one. */
  sign(now: number): Effect[] {
    const out: Effect[] = [];
    this.#line.awake(out);
    this.#proof.doubt(now);
    return out;
  }

  /** What it does shows for certain that the stream is new, since the first sign of it. */
  renewed(now: number): Effect[] {
    const out: Effect[] = [];
    this.#line.awake(out);
    this.#proof.renewed(now, out);
    this.catchUp.settle(now);
    return out;
  }

  /** The client sent a stanza of its own. */
  acted(now: number): Effect[] {
    return collect(out => this.#proof.acted(now, out));
  }

  /** Is it still there? Asks the session at once. @param mayBeNew something speaks for another stream */
  doubted(now: number, mayBeNew = true): void {
    if (mayBeNew) this.#proof.doubt(now);
    this.#proof.askAtOnce(now);
    this.catchUp.doubt(now);
  }

  /** Is it still there? Asks the session soon, though nothing speaks against it. */
  asked(now: number): void {
    this.#proof.ask(now);
  }

  /** Another respool has pinged it under this id, after all that it was handed so far. */
  pingedByOther(id: string, now: number): Effect[] {
    return collect(out => this.#proof.pingedByOther(id, now, out));
  }

  /** What is known of the device from before. */
  knownToAnswer(answers: Answers): Effect[] {
    return collect(out => this.#line.known(answers, out));
  }

  /**
   * Its device let these pings pass before respool was away, and was handed more: it may still be asleep.
   * @param askAt it is asked then
   */
  recall(pings: readonly Recalled[], unasked: readonly number[], askAt: number, now: number): Effect[] {
    return collect(out => this.#proof.recall(pings, unasked, askAt, now, out));
  }

  /** Pings are to be kept from it, or are not any more: where they are, ejabberd's copy counts as proof. */
  spare(spared: boolean, now: number): Effect[] {
    return collect(out => this.#proof.spare(spared, now, out));
  }

  /** It has answered a ping that was not of this delivery. */
  answersPings(): Effect[] {
    return collect(out => this.#line.answered(out));
  }

  /** A message was sent that this session is expected to get. @param atOnce the server hands it to this very session */
  expect(identity: string, atOnce: boolean, now: number): void {
    this.catchUp.expect(identity, now);
    if (atOnce) this.evidence.sent(identity, now);
  }

  /**
   * ejabberd handed a message to the session. Returns the group it is in.
   * @param unsure it may have been a sending @param hold for so many ms it may turn out that another session has it
   */
  handed(identity: string, way: Way, now: number, unsure = false, hold = 0): number {
    this.catchUp.came(identity);
    this.evidence.came(identity, way === 'live', now);
    const how = { way, isInTables: isInTables(this.session, now), unsure: unsure ? now : null };
    if (hold > 0) return this.evidence.handedOrNot(identity, how, now, now + hold);
    return this.evidence.handed(identity, how, now + Math.max(BURST, this.#pace.gap(now)));
  }

  /** Of a group that was held it is known now whether this session, or another one, was handed what is in it. */
  decided(group: number, got: boolean, now: number): Effect[] {
    return collect(out => this.evidence.decided(group, got, now, now + BURST, out));
  }

  /** Is a copy with these marks that of a replay to this session, which is no news? */
  isEcho(marks: ReplayMarks): boolean {
    return this.catchUp.isEcho(marks);
  }

  /** The session is in a room: it has just joined, so that the history is to come, or was heard there first. */
  entered(room: string, joined: boolean, now: number): void {
    if (joined) this.evidence.book.mayStart(now);
    this.catchUp.entered(room, joined, now);
  }

  /** Flood, history or archive are still coming. */
  unsettle(now: number): void {
    this.catchUp.unsettle(now);
  }

  archiveQuery(id: string, now: number): void {
    this.catchUp.archiveQuery(id, now);
  }

  archiveEnd(id: string, now: number): void {
    this.catchUp.archiveEnd(id, now);
  }

  /** Finds out whether something is owed, and replays it. Harmless at any time. */
  check(now: number): Effect[] {
    return collect(out => this.catchUp.check(now, now, out));
  }

  /** Somebody wants it to be asked now, though it may be asleep. */
  replayNow(now: number): Effect[] {
    const out: Effect[] = [];
    this.#proof.askNow(now, out);
    this.catchUp.check(now, now, out);
    return out;
  }

  /** A chunk of a replay was put on the stream: its ping follows, unless one is under way. */
  sent(now: number): Effect[] {
    return collect(out => this.#proof.pingIfDue(now, out));
  }

  /** The client answered a ping. */
  answered(number: number, now: number): Effect[] {
    return collect(out => this.#proof.answered(number, now, out));
  }

  /** The server returned a ping, for the session has ended (`end`), or with an error that says nothing of that. */
  returned(number: number, end: SessionEnd | null, now: number): Effect[] {
    return collect(out => this.#proof.returned(number, end, now, out));
  }

  /** Asks at once for the proof of what no ping has followed yet. */
  hurry(now: number): void {
    this.#proof.hurry(now);
  }

  /** This process goes: what the session holds is for the next one to prove, by a ping that has gone out. */
  leave(now: number): Effect[] {
    return collect(out => this.#proof.leave(now, out));
  }

  /** The stream is gone: what the session has answered, it had, and what it was asked for, it may answer yet. */
  forgotten(now: number): Effect[] {
    return [...this.#over(now), ...collect(out => this.#proof.writeDown(out))];
  }

  /** The session is over: what it has answered, it had. */
  end(now: number): Effect[] {
    return [...collect(out => this.#proof.streamEnded(now, out)), ...this.#over(now)];
  }

  #over(now: number): Effect[] {
    this.catchUp.end(now);
    return collect(out => this.evidence.all(out));
  }

  /** When it wants `wake` to be called, in ms. */
  wakesAt(): number {
    if (this.phase.is === 'ended') return Number.POSITIVE_INFINITY;
    return Math.min(this.catchUp.settledAt, this.evidence.book.decidedAt, this.#proof.wakesAt());
  }

  /** Time has passed. */
  wake(now: number): Effect[] {
    const out: Effect[] = [];
    this.catchUp.wake(now, out);
    this.evidence.wake(now, out);
    this.#proof.wake(now, out);
    return out;
  }
}
