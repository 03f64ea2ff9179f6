import type { ReplayMarks } from '../tap/marks.js';
import type { Message } from '../tap/message.js';
import { shortKey } from '../xmpp/short-key.js';

/** All copies of what the server floods come within this time, in ms. */
const TOGETHER = 2_000;
/** So many at most are counted, the last ones. */
const MOST = 5_000;

/**
 * Counts the copies of what comes out of the server's queue. It is routed like a message just sent, so that each session
 * that gets it makes a copy (mod_offline's source). What stands in the queue twice has two stamps.
 */
export class FloodCopies {
  readonly #counted = new Map<string, { copies: number; at: number }>();

  /** @returns how many copies of it have come, with this one; 1 where it has no id, for then an equal one may be another */
  count({ id, identity }: Message, { stamp }: ReplayMarks, now: number): number {
    if (id === undefined) return 1;
    const key = shortKey(`${identity} ${stamp}`);
    const before = this.#counted.get(key);
    const copies = before !== undefined && now - before.at <= TOGETHER ? before.copies + 1 : 1;
    this.#counted.delete(key);
    this.#counted.set(key, { copies, at: now });
    const [oldest] = this.#counted.keys();
    if (this.#counted.size > MOST && oldest !== undefined) this.#counted.delete(oldest);
    return copies;
  }
}
