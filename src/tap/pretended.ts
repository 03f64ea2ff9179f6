import type { Element } from '@xmpp/component';
import { ownCopy } from '../xmpp/own-copy.js';

/** So many are remembered: each is asked for right after its copy. */
const MOST = 1_000;

/**
 * Events that users sent to the component themselves. Such a one is copied just before it comes, by the same process in
 * ejabberd; what mod_push_offline sends never is: that tells them apart, for both are from the user's JID.
 */
export class Pretended {
  readonly #seen = new Set<string>();

  /** A user was seen to send this. */
  add(message: Element): void {
    if (this.#seen.size >= MOST) this.#seen.clear();
    this.#seen.add(ownCopy(keyOf(message)));
  }

  /** True where a user was seen to send it. */
  has(message: Element): boolean {
    return this.#seen.has(keyOf(message));
  }
}

function keyOf({ attrs }: Element): string {
  return `${attrs.from} ${attrs.id ?? ''}`;
}
