/** More than so many need not be told apart: one is enough for a doubt. */
const MOST = 1_000;
/** A new stream shows its presence within this time, in ms. */
const REMEMBERED = 30_000;

/**
 * Messages that the server was to hand to one session as soon as they were sent, and that it has not been seen to get.
 * Who answers a ping and lacks one may be a new stream under the same JID, which has not shown its presence yet: the
 * server had nobody to hand it to. Pure: time comes in.
 */
export class Missing {
  /** In the order of their sending. */
  readonly #sentAt = new Map<string, number>();
  /** Those of which one that was sent later came first, and when they were sent; in the same order. */
  readonly #overtaken = new Map<string, number>();

  /** When the first was sent that it lacks, in ms; infinity: it lacks none. */
  get since(): number {
    for (const at of this.#sentAt.values()) return at;
    return Number.POSITIVE_INFINITY;
  }

  /** It was sent, and the session is one of those that are to get it. */
  sent(identity: string, now: number): void {
    if (this.#sentAt.size < MOST) this.#sentAt.set(identity, now);
  }

  /**
   * It came as it was sent. So the session was there, and what was sent before and has not come was kept from it, or
   * nobody was there then.
   */
  came(identity: string): void {
    this.#overtaken.delete(identity);
    if (!this.#sentAt.has(identity)) return;
    for (const [earlier, at] of this.#sentAt) {
      this.#sentAt.delete(earlier);
      if (earlier === identity) return;
      this.#overtake(earlier, at);
    }
  }

  /** The session has ended: what was sent since that moment may have been on its way to it still. */
  ended(since: number): void {
    for (const [identity, at] of this.#sentAt) if (at >= since) this.#sentAt.delete(identity);
  }

  /** It is known what has become of it. */
  forget(identity: string): void {
    this.#sentAt.delete(identity);
    this.#overtaken.delete(identity);
  }

  /** When it was sent; infinity where it does not lack it. */
  sentAt(identity: string): number {
    return this.#sentAt.get(identity) ?? this.#overtaken.get(identity) ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Until when what the session answers is in doubt, where it lacked something at a moment; undefined: it did not.
   * @param after what was sent up to then does not count
   */
  doubtedUntil(moment: number, now: number, after = Number.NEGATIVE_INFINITY): number | undefined {
    for (const [identity, at] of this.#sentAt) {
      if (at >= moment) return undefined;
      if (at + REMEMBERED <= now) this.#sentAt.delete(identity);
      else if (at > after) return at + REMEMBERED;
    }
    return undefined;
  }

  #overtake(identity: string, at: number): void {
    for (const [oldest, sentAt] of this.#overtaken) {
      if (this.#overtaken.size < MOST && at - sentAt < REMEMBERED) break;
      this.#overtaken.delete(oldest);
    }
    this.#overtaken.set(identity, at);
  }
}
