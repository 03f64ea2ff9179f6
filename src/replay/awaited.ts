/** More than so many messages that are not seen to arrive need not be told apart: one is enough for a check. */
const MOST = 1_000;
/**
 * What was sent so long ago and has not come is lost, in ms. mod_mam stores a message between the copy of its sending
 * and its delivery: where that takes long, a ping overtakes the message.
 */
const LOST_AFTER = 5_000;

/** Messages that were sent to an account and that a session has not been seen to get. Pure: time comes in. */
export class Awaited {
  readonly #sentAt = new Map<string, number>();
  #checkAt: number | null = null;

  /** When a ping is to show what has become of them, or null. */
  get checkAt(): number | null {
    return this.#checkAt;
  }

  /** It was sent. @param wait a ping is to go out after so many ms, unless one does sooner */
  add(identity: string, now: number, wait: number): void {
    if (this.#sentAt.size < MOST) this.#sentAt.set(identity, now);
    this.#checkAt ??= now + wait;
  }

  /** It has come. */
  came(identity: string): void {
    this.#sentAt.delete(identity);
  }

  /** A ping goes out. */
  pinged(): void {
    this.#checkAt = null;
  }

  /** A ping was answered, which shows nothing yet: another one is to. */
  postpone(now: number): void {
    if (this.#sentAt.size > 0) this.#checkAt ??= now + LOST_AFTER;
  }

  /** A ping was answered that went out at this moment. Returns whether messages were lost before it. */
  lostBefore(pingedAt: number): boolean {
    let lost = false;
    for (const [identity, at] of this.#sentAt) {
      if (at > pingedAt - LOST_AFTER) {
        this.#checkAt = Math.min(this.#checkAt ?? Number.POSITIVE_INFINITY, at + LOST_AFTER);
        break; // in the order of their sending
      }
      lost = true;
      this.#sentAt.delete(identity);
    }
    return lost;
  }
}
