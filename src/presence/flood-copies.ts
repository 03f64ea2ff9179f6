import type { ReplayMarks } from '../tap/marks.js';
import type { Message } from '../tap/message.js';
import { shortKey } from '../xmpp/short-key.js';

/**
 * Copies of one emptying of the queue come within this time, in ms. What a session has not read when it ends is queued
 * again, with its stamp, and comes out for the next one: that takes longer.
 */
const TOGETHER = 50;
/** So many at most are counted, the last ones. */
const MOST = 5_000;

/**
 * Counts the copies of what comes out of the server's queue. It is routed like a message just sent, so that each session
 * that gets it makes a copy (mod_offline's source). What stands in the queue twice has two stamps.
 */
export class FloodCopies {
  /** `at`: when the first of them came, in ms. */
  readonly #counted = new Map<string, { copies: number; at: number }>();

  /** @returns how many copies of it have come, with this one; 1 where it has no id, for then an equal one may be another */
  count({ id, identity }: Message, { stamp }: ReplayMarks, now: number): number {
    if (id === undefined) return 1;
    const key = shortKey(`${identity} ${stamp}`);
    const before = this.#counted.get(key);
    if (before !== undefined && now - before.at <= TOGETHER) return ++before.copies;
    this.#counted.delete(key); // the last to come stands last
    this.#counted.set(key, { copies: 1, at: now });
    const [oldest] = this.#counted.keys();
    if (this.#counted.size > MOST && oldest !== undefined) this.#counted.delete(oldest);
    return 1;
  }
}
