import type { Element } from '@xmpp/component';
import { shortKey } from '../xmpp/short-key.js';

/** So many are remembered at least, and twice as many at most: each is asked for right after its copy. */
const MOST = 1_000;

/**
 * Events that users sent to the component themselves. Such a one is copied just before it comes, by the same process in
 * ejabberd; what mod_push_offline sends never is: that tells them apart, for both are from the user's JID.
 */
export class Pretended {
  #recent = new Set<string>();
  #before = new Set<string>();

  /** A user was seen to send this. */
  add(message: Element): void {
    if (this.#recent.size >= MOST) {
      this.#before = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(keyOf(message));
  }

  /** True where a user was seen to send it. */
  has(message: Element): boolean {
    const key = keyOf(message);
    return this.#recent.has(key) || this.#before.has(key);
  }
}

function keyOf({ attrs }: Element): string {
  return shortKey(`${attrs.from} ${attrs.id ?? ''}`);
}
