import type { Duty } from './duty.js';
import type { LineSettings } from './line.js';

const A_SECOND = 1_000;
/** So many pings in a second are no burden. */
const EASY = 300;
/** However many pings there are, none waits longer than so many times `proofAfter`. */
const LONGEST = 4;

/**
 * How busy the pings of all sessions keep ejabberd. A ping is three stanzas to us and more to the server, and one proves
 * whatever came before it: so where there are many, each session waits longer for its next, and asks for more by it.
 */
export class Pace {
  /** Pings in the second that has begun, and in the one before it. */
  #pings = 0;
  #pingsBefore = 0;
  #since = Number.NEGATIVE_INFINITY;
  readonly #settings: Pick<LineSettings, 'proofAfter'>;
  readonly duty: Pick<Duty, 'isLeaving' | 'isWatching' | 'replays'>;

  constructor(settings: Pick<LineSettings, 'proofAfter'>, duty: Pace['duty']) {
    this.#settings = settings;
    this.duty = duty;
  }

  /** A ping went out. */
  pinged(now: number): void {
    this.#turn(now);
    this.#pings++;
  }

  /**
   * How long a session is to wait for its next ping: a ms for each that all have got within the last second, and longer
   * where these are many. By that 20 000 sessions that get 10 000 messages a second are asked every eleven seconds, and
   * respool reads a quarter more for it than the messages; with a ms for each it would be two thirds (reckoned).
   * @returns ms
   */
  gap(now: number): number {
    if (this.duty.isLeaving) return 0;
    this.#turn(now);
    const past = Math.min(1, (now - this.#since) / A_SECOND);
    const pings = Math.round(this.#pings + this.#pingsBefore * (1 - past));
    const wait = Math.round(pings * Math.max(1, pings / EASY));
    return Math.min(wait, LONGEST * this.#settings.proofAfter);
  }

  #turn(now: number): void {
    const past = now - this.#since;
    if (past < A_SECOND) return;
    this.#pingsBefore = past < 2 * A_SECOND ? this.#pings : 0;
    this.#pings = 0;
    this.#since = past < 2 * A_SECOND ? this.#since + A_SECOND : now;
  }
}
