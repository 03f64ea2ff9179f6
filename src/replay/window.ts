/** A replay begins with so many chunks on their way. */
const FIRST = 4;
/** So many keep ejabberd, its client and us at work, with no one waiting for the others. */
const MOST = 16;
/** And so many messages, for ejabberd ends a stream on which 5 000 stanzas are not acknowledged (`max_ack_queue`). */
const MOST_MESSAGES = 2_000;
/** A proof within this time, in ms, came by a line that can take more. */
const QUICK = 1_000;
/** One after this time, in ms, has stood behind too much of ours, as would what is sent to the client now. */
const SLOW = 5_000;

/**
 * How many chunks of replays may be on their way to one session without proof: more on a quick line, fewer on a slow
 * one.
 */
export class Window {
  #chunks = FIRST;
  #narrowedAt = Number.NEGATIVE_INFINITY;

  /** @param size of a chunk, in messages */
  chunksOf(size: number): number {
    return Math.max(1, Math.min(this.#chunks, Math.floor(MOST_MESSAGES / size)));
  }

  /** A chunk whose ping went out then is proved now, or still is not. Times in ms of one clock. */
  seen(sentAt: number, now: number, proved: boolean): void {
    const took = now - sentAt;
    if (proved && took <= QUICK) this.#chunks = Math.min(MOST, this.#chunks + 1);
    if (took < SLOW || sentAt < this.#narrowedAt) return; // what went out before shows nothing new
    this.#chunks = Math.max(1, Math.floor(this.#chunks / 2));
    this.#narrowedAt = now;
  }
}
