/**
 * What was sent so long ago, in ms, is not on its way any more. mod_mam stores a message between the copy of its sending
 * and its delivery, and a ping of respool's overtakes it there.
 */
const LONGEST = 5_000;

/**
 * Messages that were sent while a session of their account was online, and that ejabberd may still be about to deliver.
 * In memory only: times are dates in ms.
 */
export class UnderWay {
  /** By id, in the order of their sending. */
  readonly #sentAt = new Map<number, number>();

  /** A message was sent. */
  add(id: number, at: number): void {
    for (const [oldest, sentAt] of this.#sentAt) {
      if (at - sentAt < LONGEST && at >= sentAt) break;
      this.#sentAt.delete(oldest);
    }
    this.#sentAt.set(id, at);
  }

  /** It is known what ejabberd has done with it. */
  end(id: number): void {
    this.#sentAt.delete(id);
  }

  /** May ejabberd still be about to deliver it? */
  has(id: number, at: number): boolean {
    const sentAt = this.#sentAt.get(id);
    return sentAt !== undefined && at - sentAt < LONGEST && at >= sentAt;
  }
}
