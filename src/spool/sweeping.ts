import { Ceiling } from './ceiling.js';
import { end } from './ending.js';
import { kindsOf } from './kinds.js';
import type { Parts } from './parts.js';
import type { Removing } from './removing.js';
import { Shares } from './shares.js';

/** How many messages one sweep ends at most, so that what waits for the spool does not wait long. */
const SWEPT_AT_ONCE = 5_000;

/** What goes of itself: its time is over, or the spool is too large. */
export class Sweeping {
  readonly #parts: Parts;
  readonly #removing: Removing;
  readonly #ceiling: Ceiling;
  readonly #shares: Shares;

  constructor(parts: Parts, removing: Removing) {
    this.#parts = parts;
    this.#removing = removing;
    const kinds = kindsOf(parts);
    this.#shares = new Shares(parts, kinds);
    this.#ceiling = new Ceiling(parts.db, kinds, parts.lines, parts.evictions);
  }

  /** After a batch of so many entries: nobody is to have more than he may, and the spool no more than it may. */
  hold(entries: number, at: number): void {
    this.#shares.hold(at);
    this.#ceiling.hold(this.#parts.limits.maxSize, entries, at);
  }

  /** Ends what has expired, and forgets what is too old to be known; so much at once. */
  sweep(at: number): void {
    const judgedAt = this.#parts.calendar.judgedAt(at);
    for (const { id, jid } of this.#parts.messages.expired(judgedAt, SWEPT_AT_ONCE)) {
      end(this.#parts, this.#parts.accounts.findOrAdd(jid), id, 'expired', at);
    }
    for (const { jid, ...device } of this.#parts.devices.unseen(judgedAt)) {
      this.#removing.forget(this.#parts.accounts.findOrAdd(jid), device);
    }
    this.#parts.rooms.sweep(judgedAt, at);
    this.#shares.holdDevices(at);
    this.#parts.remote.sweep(judgedAt, at, SWEPT_AT_ONCE);
    this.#parts.lines.trim();
    this.#parts.accounts.sweep();
    this.#parts.ledger.prune(judgedAt);
  }
}
