import type { Way } from '../tap/event.js';

/** Signs are remembered for so long, in ms. */
const REMEMBERED = 60_000;
/** What was handed before a sign of a new stream waits so long, in ms, for what shows for certain that it is one. */
export const DOUBT = 3_000;
/** The bind of a new stream, which nobody sees, comes so long before its first sign at most, in ms, on a quick line. */
const UNSEEN = 500;
/**
 * What was answered is held so long at least, in ms, before it counts as proved: a new stream answers pings from its bind
 * on, and does what shows that it is one in the next moment.
 */
export const HELD = 50;
/** And so long at most: whoever ends respool does not wait much longer. */
const HELD_AT_MOST = 1_000;
/**
 * What a session's process does not take, for its user blocks the sender, goes back to him, and his process makes a copy
 * of that so soon, in ms. A ping after it is answered all the same.
 */
export const RETURNED = 1_000;
/** With stream management that waits for an answer of the server: as long as a ping takes. This is so many times that. */
const ON_A_SLOW_LINE = 2;

/** A room that lets a session in so shortly before a sign, in ms, has let the new stream in: nobody is gone and in again so soon. */
const JUST_BEFORE = 100;

/** How long an answer is held that took so long, in ms. */
export function heldFor(took: number): number {
  return Math.max(HELD, Math.min(HELD_AT_MOST, ON_A_SLOW_LINE * took));
}

/** How long before its first sign a new stream, whose answers take so long, may have been bound, in ms. */
export function unseenFor(took: number): number {
  return Math.max(UNSEEN, heldFor(took));
}
/**
 * How long before its first sign a new stream may have been bound that has answered a ping, in ms: the answer to the first
 * one that it got took so long, and it shows itself soon after that.
 */
export function boundBefore(took: number): number {
  return unseenFor(took) + Math.min(took, HELD_AT_MOST / ON_A_SLOW_LINE);
}

/** The era of what was handed before respool was away. */
export const BEFORE = -1;

interface Sign {
  readonly at: number;
  /** What was handed in this era and in later ones came after it. */
  readonly era: number;
}

const NO_START: Sign = { at: Number.NEGATIVE_INFINITY, era: BEFORE };

/** Signs of a new stream: between two of them is an era. Pure: time comes in. */
export class Signs {
  #era = 0;
  /** In their order. */
  #signs: Sign[] = [];
  /** See `first`. */
  #first = BEFORE;
  /** Where a new stream began, if a sign of one comes now. */
  #start: Sign = NO_START;
  /** That of the last stream that the server was seen to have in its tables. */
  #routed = 0;

  /** That of what is handed now. */
  get era(): number {
    return this.#era;
  }

  /**
   * That of what is handed this way now: until the server has the presence in its tables that came last, the stream before
   * gets what is sent to the account, and copies of what another device of it sends and gets.
   */
  of(way: Way, isInTables: boolean): number {
    if (isInTables) this.#routed = this.#era;
    return way === 'live' || way === 'carbon' ? this.#routed : this.#era;
  }

  /** A new stream may begin with this, though nothing speaks for one yet. */
  mayStart(now: number): void {
    if (now - this.#start.at > JUST_BEFORE) this.#start = { at: now, era: ++this.#era };
  }

  /** A sign: what comes now may come to another stream than what came before, or before its start just now. */
  add(now: number): void {
    const { at, era } = this.#start;
    const sign = { at: now, era: now - at <= JUST_BEFORE ? era : ++this.#era };
    this.#start = NO_START;
    this.#signs = [...this.#signs.filter(({ at }) => now - at < REMEMBERED), sign];
  }

  /**
   * The stream is a new one, since a sign at that moment; null: there is none any more.
   * @returns the era that began with the first sign since then: what was handed before that is lost
   */
  renewed(since: number | null): number {
    const first = since === null ? undefined : this.#signs.find(({ at }) => at >= since);
    const era = first?.era ?? this.#era + 1;
    this.#first = Math.min(era, this.#era);
    return era;
  }

  /** What was handed in an era before this one is lost. */
  get first(): number {
    return this.#first;
  }

  /** Is what was handed in this era lost? */
  isOver(era: number): boolean {
    return era < this.#first;
  }

  /**
   * Who answered a ping of that moment, may be a stream that began with a sign before it: then it had nothing of what
   * was handed before that `era`. This may turn out `until` a moment. undefined: no sign speaks for that.
   * @param took how long the answer took, in ms
   */
  doubtAbout(pingedAt: number, took: number): { era: number; until: number } | undefined {
    const sign = this.#signs.findLast(({ at }) => at < pingedAt + unseenFor(took));
    return sign && { era: sign.era, until: sign.at + DOUBT };
  }
}
