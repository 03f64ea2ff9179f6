import type { Jid } from '../xmpp/jid.js';

/** A ping for which nobody waits any more: whom it went to, and when, in ms. */
interface LatePing {
  readonly jid: Jid;
  readonly at: number;
}

/** So many are known at most. */
const MOST = 100_000;

/** Pings that were given up, by number: a late answer tells something yet. */
export class LatePings {
  readonly #byNumber = new Map<number, LatePing>();

  add(number: number, ping: LatePing): void {
    this.#byNumber.set(number, ping);
    const [oldest] = this.#byNumber.keys();
    if (this.#byNumber.size > MOST && oldest !== undefined) this.#byNumber.delete(oldest);
  }

  /** The ping of this number, if it went to this one. */
  get(number: number, { full }: Jid): LatePing | undefined {
    const ping = this.#byNumber.get(number);
    return ping?.jid.full === full ? ping : undefined;
  }

  delete(number: number): void {
    this.#byNumber.delete(number);
  }

  clear(): void {
    this.#byNumber.clear();
  }
}
