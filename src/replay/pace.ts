const SECOND = 1_000;

/**
 * How busy the pings of all sessions keep ejabberd. A ping is three stanzas to us and more to the server, and one proves
 * whatever came before it: so where there are many, each session waits longer for its next, and asks for more by it.
 */
export class Pace {
  /** Pings in the second that has begun, and in the one before it. */
  #now = 0;
  #before = 0;
  #since = Number.NEGATIVE_INFINITY;

  /** A ping went out. */
  pinged(now: number): void {
    this.#turn(now);
    this.#now++;
  }

  /** How long a session is to wait for its next ping: one ms for each that all have sent within the last second. */
  gap(now: number): number {
    this.#turn(now);
    const past = Math.min(1, (now - this.#since) / SECOND);
    return Math.round(this.#now + this.#before * (1 - past));
  }

  #turn(now: number): void {
    const past = now - this.#since;
    if (past < SECOND) return;
    this.#before = past < 2 * SECOND ? this.#now : 0;
    this.#now = 0;
    this.#since = past < 2 * SECOND ? this.#since + SECOND : now;
  }
}
