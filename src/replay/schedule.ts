import type { Handed } from './handed.js';
import type { Line } from './line.js';

/** What decides when the next ping goes out, besides what the schedule knows itself. Times in ms. */
interface Standing {
  readonly line: Pick<Line, 'state' | 'nextAt'>;
  readonly book: Pick<Handed, 'awaited' | 'dueAt' | 'unansweredSince'>;
  /** A replay is under way, of which each chunk is closed by a ping at once. */
  readonly isReplaying: boolean;
  /** When an answer is needed before something can be replayed. */
  readonly checkAt: number;
  /** Its presence is known. */
  readonly isAnnounced: boolean;
  /** An answer is awaited for so long. */
  readonly proofTimeout: number;
}

/** A session that acts without presence may be on its way to announce itself; it is not pinged for this long, in ms. */
export const BEFORE_PRESENCE = 10_000;
/** Where a new stream shows itself, the answer to a ping before it is awaited so long at most, in ms. */
export const AFTER_SIGN = 2_000;
const NEVER = Number.POSITIVE_INFINITY;

/** When one session is to be asked next: one ping at a time, and none to one that is asleep but after long whiles. */
export class Schedule {
  readonly #knownSince: number;
  /** A ping is to go out at this moment, whatever there is to prove; NEVER: none. */
  #askAt = NEVER;
  /** The answer that is awaited may never come, for its stream may have ended: until when it is awaited. */
  #awaitedUntil = NEVER;

  /** @param knownSince when the session was first seen */
  constructor(knownSince: number) {
    this.#knownSince = knownSince;
  }

  /** It is to be asked at that moment, if it is not sooner anyway. */
  ask(at: number): void {
    this.#askAt = Math.min(this.#askAt, at);
  }

  /** What is awaited is awaited until then at most. */
  awaitUntil(at: number): void {
    this.#awaitedUntil = Math.min(this.#awaitedUntil, at);
  }

  /** It may be another stream than the one that was pinged, which is asked soon then. */
  doubt(now: number): void {
    this.awaitUntil(now + AFTER_SIGN);
    this.ask(this.#awaitedUntil);
  }

  /** A ping goes out. */
  pinged(): void {
    this.#askAt = NEVER;
    this.#awaitedUntil = NEVER;
  }

  /** The answer that was awaited came. */
  answered(): void {
    if (this.#awaitedUntil === NEVER) return;
    if (this.#askAt === this.#awaitedUntil) this.#askAt = NEVER;
    this.#awaitedUntil = NEVER;
  }

  /** When the next ping is to go out. */
  pingAt(standing: Standing): number {
    const { line, book, isReplaying, checkAt, isAnnounced } = standing;
    const isAwaited = book.awaited !== undefined;
    if (isAwaited && this.#awaitedUntil === NEVER) return NEVER;
    const isAsleep = line.state === 'asleep';
    const proof = Math.max(proofAt(standing), isAsleep || !isReplaying ? line.nextAt : -NEVER);
    const check = Math.max(Math.min(this.#askAt, checkAt), isAsleep ? line.nextAt : -NEVER);
    const soonest = Math.max(Math.min(proof, check), isAwaited ? this.#awaitedUntil : -NEVER);
    return isAnnounced ? soonest : Math.max(soonest, this.#knownSince + BEFORE_PRESENCE);
  }
}

/** When what was handed wants proof. */
function proofAt({ book, proofTimeout }: Standing): number {
  const { dueAt, unansweredSince } = book;
  if (dueAt !== null) return dueAt;
  // nobody waits any more for the answer to the last ping
  return unansweredSince === null ? NEVER : unansweredSince + proofTimeout;
}
