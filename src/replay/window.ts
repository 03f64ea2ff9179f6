/** A replay begins with so many messages on their way, for a session that takes no more ends at once. */
export const BEGINS_WITH = 50;
/** So many keep ejabberd, its client and us at work, with no one waiting for the others. */
export const MOST = 2_000;
/** However small it is, it has so many. */
export const LEAST = 25;
/** What was too much for the server is divided by this: it may have kept all of it, and what was proved before, besides. */
const TOO_MUCH_BY = 8;
/** A chunk is no larger than this part of the window, so that one is on its way while another is proved. */
const PART = 4;
/** So many chunks at most are taken from the spool at once, as soon as there is room: each time is a commit. */
const CHUNKS_AT_ONCE = 4;
/** And so many messages, unless one chunk has more. */
const MOST_AT_ONCE = 400;
/** A proof within this time, in ms, came by a line that can take more. */
const QUICK = 1_000;
/** One after this time, in ms, has stood behind too much of ours, as would what is sent to the client now. */
const SLOW = 5_000;
/** Nobody ends a session so soon, in ms, for its line alone: the server had too much for it (`max_ack_queue`). */
const AT_ONCE = 2 * QUICK;
/** What a device was found to take is tried to be exceeded, twofold, after so long, in ms: the server may be set anew. */
const REMEMBERED = 86_400_000;

/** What a device was found to take: so many messages, then (as a date). */
interface Learnt {
  readonly most: number;
  readonly at: number;
}

/**
 * How many messages of a replay may be on their way to one session without proof: twice as many with each round of proofs
 * on a quick line, fewer on a slow one, and no more than its device was found to take. Pure: time comes in.
 */
export class Window {
  #messages = BEGINS_WITH;
  #most = MOST;
  #narrowedAt = Number.NEGATIVE_INFINITY;

  /** How many may be on their way now. */
  get messages(): number {
    return Math.min(this.#messages, this.#most);
  }

  /** How many of them go out together, where so many would be in a chunk. */
  chunkOf(chunk: number): number {
    return Math.max(1, Math.min(chunk, Math.floor(this.messages / PART)));
  }

  /** How many chunks may go out now, where so many messages are on their way; those that go together are half of it. */
  roomFor(chunk: number, underWay: number): number {
    const size = this.chunkOf(chunk);
    const fitting = Math.floor(Math.min(MOST_AT_ONCE, this.messages / 2) / size);
    const atOnce = Math.max(1, Math.min(CHUNKS_AT_ONCE, fitting));
    return underWay + atOnce * size > this.messages ? 0 : atOnce;
  }

  /** So many messages whose ping went out then are proved now, or still are not. Times in ms of one clock. */
  seen(messages: number, sentAt: number, now: number, proved: boolean): void {
    const took = now - sentAt;
    if (proved && took <= QUICK) this.#messages = Math.min(MOST, this.#messages + messages);
    if (took < SLOW || sentAt < this.#narrowedAt) return; // what went out before shows nothing new
    this.#messages = Math.max(LEAST, Math.floor(this.#messages / 2));
    this.#narrowedAt = now;
  }

  /**
   * The session ended, with so many messages on their way, so long after its last ping. Returns how many its device is
   * to get from now on; null where that shows nothing. How many were too much nobody says. The server counts until the
   * client acknowledges (XEP-0198, 4), which may be a whole window after the answer to a ping: with 50 on their way it
   * may have 100 and more.
   */
  ended(messages: number, took: number): number | null {
    if (messages < LEAST || took > AT_ONCE) return null;
    this.#most = Math.max(LEAST, Math.min(BEGINS_WITH, Math.floor(messages / TOO_MUCH_BY)));
    return this.#most;
  }

  /** What is known of the device from before. @param at now, as a date */
  knows({ most, at: learntAt }: Learnt, at: number): void {
    const times = Math.floor(Math.max(0, at - learntAt) / REMEMBERED);
    this.#most = Math.min(this.#most, MOST, most * 2 ** times);
  }

  /** It is another stream, by another line, it may be. */
  begin(): void {
    this.#messages = BEGINS_WITH;
    this.#narrowedAt = Number.NEGATIVE_INFINITY;
  }
}
