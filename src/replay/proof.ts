import type { Session } from '../presence/session.js';
import type { SessionEnd } from '../tap/session-end.js';
import type { CatchUp } from './catch-up.js';
import type { Effect } from './effect.js';
import type { Evidence } from './evidence.js';
import { type Line, type LineSettings, TIME_TO_ANSWER } from './line.js';
import type { Pace } from './pace.js';
import type { Recalled, UnansweredPing } from './ping.js';
import { AFTER_SIGN, Schedule } from './schedule.js';
import { HELD } from './signs.js';
import { WrittenDown } from './written-down.js';

export interface ProofSettings extends LineSettings {
  /** A device that answers no pings is waited for no longer than this, in ms. */
  settle: number;
}

/** Asks one session for the proof of what it was handed: pings, their answers, and silence. Pure: time comes in. */
export class Proof {
  readonly #session: Session;
  readonly #settings: ProofSettings;
  readonly #pace: Pace;
  readonly #evidence: Evidence;
  readonly #line: Line;
  readonly #catchUp: CatchUp;
  readonly #schedule: Schedule;
  readonly #writtenDown = new WrittenDown();

  /** @param parts the catch-up goes on with each answer @param now when the session is first seen */
  constructor(
    session: Session,
    settings: ProofSettings,
    pace: Pace,
    parts: { evidence: Evidence; line: Line; catchUp: CatchUp },
    now: number,
  ) {
    this.#session = session;
    this.#settings = settings;
    this.#pace = pace;
    this.#evidence = parts.evidence;
    this.#line = parts.line;
    this.#catchUp = parts.catchUp;
    this.#schedule = new Schedule(now);
  }

  /** It may be a new stream: what was handed before is in doubt, and an answer that is awaited may never come. */
  doubt(now: number): void {
    this.#evidence.book.sign(now);
    if (this.#evidence.book.awaited !== undefined) this.#schedule.doubt(now);
  }

  /** It is asked at once, and an answer that is awaited is awaited not much longer. */
  askAtOnce(now: number): void {
    this.#schedule.ask(now);
    this.#schedule.awaitUntil(now + AFTER_SIGN);
  }

  /** The session is to be asked as soon as it may be. */
  ask(now: number): void {
    this.#schedule.ask(now);
  }

  /** It is to be asked now, whether it is asleep or an answer is awaited. */
  askNow(now: number, out: Effect[]): void {
    this.#line.awake(out);
    this.#schedule.ask(now);
    if (this.#evidence.book.awaited !== undefined) this.#schedule.awaitUntil(now);
  }

  /** Another respool has pinged it under this id: the copy shows that all came before it that was handed so far. */
  pingedByOther(id: string, now: number, out: Effect[]): void {
    this.#goesOut(this.#evidence.book.ping(now, id), false, now, out);
  }

  /** The client sent a stanza of its own. */
  acted(now: number, out: Effect[]): void {
    const { book } = this.#evidence;
    if (now - (book.unansweredSince ?? now) > TIME_TO_ANSWER) book.sign(now); // it may be another stream than was asked
    if (this.#line.awake(out) && book.isOpen) this.#schedule.ask(now);
  }

  /** What was handed before respool was away, see Handed. @param askAt it is asked then */
  recall(
    pings: readonly Recalled[],
    unasked: readonly number[],
    askAt: number,
    now: number,
    out: Effect[],
  ): void {
    this.#evidence.book.recall(pings, unasked, now);
    this.#line.sleeps(askAt, out);
    this.#schedule.ask(askAt);
    this.#writtenDown.recall(this.#evidence.book, out);
  }

  /** Pings are to be kept from it, or are not any more. */
  spare(spared: boolean, now: number, out: Effect[]): void {
    if (!this.#line.spare(spared) || !spared) return;
    this.#line.awake(out);
    if (this.#evidence.book.isOpen) this.#ping(now, out);
  }

  /** The client answered a ping. */
  answered(number: number, now: number, out: Effect[]): void {
    this.#line.answered(out);
    const answer = this.#evidence.answered(number, this.#session, now, out);
    if (answer === undefined) return;
    const { sentAt, reachedAt, replayed } = answer;
    if (this.#evidence.book.awaited === undefined) this.#schedule.answered();
    out.push({ do: 'there', pingedAt: reachedAt });
    this.#catchUp.window.seen(replayed, sentAt, now, true);
    this.#goOn(sentAt, now, out);
  }

  /** The server returned a ping, for the session has ended (`end`), or with an error that says nothing of that. */
  returned(number: number, end: SessionEnd | null, now: number, out: Effect[]): void {
    const ping = this.#evidence.book.unanswered.find(one => one.number === number);
    // its answer has come, but the client had not acknowledged it (XEP-0198)
    if (ping === undefined) return end === 'terminated' ? this.streamEnded(now, out) : undefined;
    if (end === null) {
      this.#line.cannotBeAsked(out);
      return this.#count(ping, now, out);
    }
    const { availableAt } = this.#session;
    const anewSince = availableAt > ping.sentAt ? availableAt : null; // the ping was for the session before
    const { messages } = this.#evidence.book.underWay;
    this.#evidence.returned(ping, end === 'missing', anewSince, now, out);
    this.#learn(messages - this.#evidence.book.underWay.messages, ping.sentAt, now, out);
    if (anewSince === null) return void out.push({ do: 'gone' });
    this.#writtenDown.wipe(this.#evidence.book, out);
    this.#catchUp.check(now, now, out);
  }

  /** The session is over, or its stream is another one: what was on its way may have been too much for the server. */
  streamEnded(now: number, out: Effect[]): void {
    const { underWay, unanswered } = this.#evidence.book;
    const last = unanswered.at(-1);
    if (last !== undefined) this.#learn(underWay.messages, last.sentAt, now, out);
  }

  /** The stream is another one for certain: what the one before had is owed again. */
  renewed(now: number, out: Effect[]): void {
    this.streamEnded(now, out);
    this.#evidence.renewed(this.#session.login.since, out);
  }

  #learn(lost: number, pingedAt: number, now: number, out: Effect[]): void {
    const most = this.#catchUp.window.ended(lost, now - pingedAt);
    if (most !== null) out.push({ do: 'narrow', most });
  }

  /** Asks at once for the proof of what no ping has followed yet. */
  hurry(now: number): void {
    if (this.#evidence.book.dueAt !== null) this.#schedule.ask(now);
  }

  /** This process goes: what the session holds is for the next one to prove, by a ping that has gone out. */
  leave(now: number, out: Effect[]): void {
    const { book } = this.#evidence;
    const isAsked = book.awaited !== undefined || book.dueAt === null || this.#line.state === 'asleep';
    if (!isAsked && this.#session.priority !== null) this.#ping(now, out);
    this.#evidence.settle(now + HELD, out);
    this.writeDown(out);
  }

  /** What the session was asked for is to outlast what is known of it now. */
  writeDown(out: Effect[]): void {
    this.#writtenDown.write(this.#evidence.book, this.#line.state, out);
  }

  /** When it wants `wake` to be called, in ms. */
  wakesAt(): number {
    const late = this.#writtenDown.dueAt(this.#evidence.book, this.#line.state);
    return Math.min(this.#pingAt(), late, this.#overdueAt());
  }

  /** Time has passed. */
  wake(now: number, out: Effect[]): void {
    if (this.#writtenDown.dueAt(this.#evidence.book, this.#line.state) <= now) this.writeDown(out);
    if (this.#overdueAt() <= now) this.#overdue(now, out);
    this.pingIfDue(now, out);
  }

  pingIfDue(now: number, out: Effect[]): void {
    if (this.#pingAt() <= now) this.#ping(now, out);
  }

  #pingAt(): number {
    if (this.#pace.duty.isWatching) return Number.POSITIVE_INFINITY;
    return this.#schedule.pingAt({
      line: this.#line,
      book: this.#evidence.book,
      isReplaying: this.#catchUp.isReplaying,
      checkAt: this.#catchUp.checkAt,
      isAnnounced: this.#session.priority !== null,
      proofTimeout: this.#settings.proofTimeout,
    });
  }

  #ping(now: number, out: Effect[]): void {
    const ping = this.#evidence.book.ping(now);
    const isKept = this.#line.state === 'spared' || this.#line.isSilent(now);
    if (!isKept) {
      if (!this.#catchUp.isReplaying) this.#pace.pinged(now);
      out.push({ do: 'ping', ping: ping.number });
    }
    this.#goesOut(ping, isKept, now, out);
  }

  /** @param isKept it does not go out in truth: what it closes counts as received */
  #goesOut(ping: UnansweredPing, isKept: boolean, now: number, out: Effect[]): void {
    this.#catchUp.pinged();
    this.#schedule.pinged();
    out.push({ do: 'mark', ping: ping.number });
    if (isKept) return this.#count(ping, now, out);
    this.#line.pinged(now, this.#pace.gap(now));
    this.#writtenDown.pinged(ping, out);
  }

  #overdueAt(): number {
    const { awaited } = this.#evidence.book;
    if (awaited === undefined) return Number.POSITIVE_INFINITY;
    return awaited.sentAt + this.#line.patience(this.#settings.settle);
  }

  #overdue(now: number, out: Effect[]): void {
    const { awaited } = this.#evidence.book;
    if (awaited === undefined) return;
    this.#evidence.book.giveUpWaiting();
    if (this.#line.state !== 'mute') this.#catchUp.window.seen(0, awaited.sentAt, now, false);
    this.#line.overdue(this.#session.activeAt, out);
    if (this.#line.state === 'mute') this.#count(awaited, now, out);
  }

  /** Nothing can be known of what was handed before this ping: ejabberd's copy counts as proof. */
  #count({ number, sentAt }: Pick<UnansweredPing, 'number' | 'sentAt'>, now: number, out: Effect[]): void {
    const { messages } = this.#evidence.book.underWay;
    this.#evidence.counts(number, out);
    this.#catchUp.window.seen(messages - this.#evidence.book.underWay.messages, now, now, true);
    this.#goOn(sentAt, now, out);
  }

  #goOn(sentAt: number, now: number, out: Effect[]): void {
    this.#writtenDown.wipe(this.#evidence.book, out);
    const { availableAt, doubtedAt } = this.#session;
    const mayBeNew = doubtedAt !== null || this.#evidence.lackedAt(sentAt, availableAt, now);
    if (mayBeNew) this.#catchUp.postpone(now);
    else this.#catchUp.answered(sentAt, now, out);
  }
}
