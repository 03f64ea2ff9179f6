import type { ProofSettings } from './proof.js';

const SECOND = 1_000;
/** However many pings there are, none waits longer than so many times `proofAfter`. */
const MOST_PATIENCE = 4;

/**
 * How busy the pings of all sessions keep ejabberd. A ping is three stanzas to us and more to the server, and one proves
 * whatever came before it: so where there are many, each session waits longer for its next, and asks for more by it.
 */
export class Pace {
  /** Pings in the second that has begun, and in the one before it. */
  #now = 0;
  #before = 0;
  #since = Number.NEGATIVE_INFINITY;
  readonly #settings: Pick<ProofSettings, 'proofAfter'>;

  constructor(settings: Pick<ProofSettings, 'proofAfter'>) {
    this.#settings = settings;
  }

  /** A ping went out. */
  pinged(now: number): void {
    this.#turn(now);
    this.#now++;
  }

  /** How long a session is to wait for its next ping, in ms: one for each that all have got within the last second. */
  gap(now: number): number {
    this.#turn(now);
    const past = Math.min(1, (now - this.#since) / SECOND);
    const pings = Math.round(this.#now + this.#before * (1 - past));
    return Math.min(pings, MOST_PATIENCE * this.#settings.proofAfter);
  }

  #turn(now: number): void {
    const past = now - this.#since;
    if (past < SECOND) return;
    this.#before = past < 2 * SECOND ? this.#now : 0;
    this.#now = 0;
    this.#since = past < 2 * SECOND ? this.#since + SECOND : now;
  }
}
