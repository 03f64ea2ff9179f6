import type { Account } from './accounts.js';
import { Ceiling } from './ceiling.js';
import { end } from './ending.js';
import { kindsOf } from './kinds.js';
import { RESPITE } from './on-hold.js';
import type { Parts } from './parts.js';
import type { Removing } from './removing.js';
import { Shares } from './shares.js';
import { hasSlot } from './slots.js';

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
  enforce(entries: number, at: number): void {
    this.#shares.enforce(at);
    this.#ceiling.enforce(this.#parts.limits.maxSize, entries, at);
  }

  /** Ends what has expired, and forgets what is too old to be known; so much at once. */
  sweep(at: number): void {
    const judgedAt = this.#parts.calendar.judgedAt(at);
    this.#parts.onHold.sweep(at);
    for (const { id, jid } of this.#parts.messages.stored.expired(judgedAt, SWEPT_AT_ONCE)) {
      const account = this.#parts.accounts.findOrAdd(jid);
      if (this.#lasts(account, id)) this.#parts.messages.prolong(id, judgedAt + RESPITE);
      else end(this.#parts, account, id, 'expired', at);
    }
    for (const { jid, ...device } of this.#parts.devices.unseen(judgedAt)) {
      if (this.#parts.onHold.lasts(jid, device.resource)) continue;
      this.#removing.forget(this.#parts.accounts.findOrAdd(jid), device);
    }
    this.#parts.onHold.prolong(judgedAt);
    this.#parts.rooms.sweep(judgedAt, at);
    this.#shares.enforceForDevices(at);
    this.#parts.remote.sweep(judgedAt, at, SWEPT_AT_ONCE);
    this.#parts.lines.trim();
    this.#parts.accounts.sweep();
    this.#parts.ledger.prune(judgedAt);
  }

  /** Is something of a message on hold, or was it a while ago? Then it stays, to whomever it is owed. */
  #lasts(account: Account, id: number): boolean {
    const { onHold, messages } = this.#parts;
    if (onHold.isEmpty) return false;
    if (onHold.lasts(account.jid, null)) return true;
    const owed = messages.stored.owedTo(id);
    return account.devices.some(
      ({ slot, resource }) => hasSlot(owed, slot) && onHold.lasts(account.jid, resource),
    );
  }
}
