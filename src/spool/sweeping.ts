import { Ceiling } from './ceiling.js';
import { end } from './ending.js';
import type { Parts } from './parts.js';
import type { Removing } from './removing.js';

/** How many messages one sweep ends at most, so that what waits for the spool does not wait long. */
const SWEPT_AT_ONCE = 5_000;

/** What goes of itself: its time is over, or the spool is too large. */
export class Sweeping {
  readonly #parts: Parts;
  readonly #removing: Removing;
  readonly #ceiling: Ceiling;

  constructor(parts: Parts, removing: Removing) {
    this.#parts = parts;
    this.#removing = removing;
    this.#ceiling = ceilingOf(parts);
  }

  /** The spool is to be no larger than it may be. */
  hold(at: number): void {
    this.#ceiling.hold(this.#parts.limits.maxSize, at);
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
    this.#parts.remote.sweep(judgedAt, at, SWEPT_AT_ONCE);
    this.#parts.lines.trim();
    this.#parts.accounts.sweep();
    this.#parts.ledger.prune(judgedAt);
  }
}

function ceilingOf(parts: Parts): Ceiling {
  const { db, accounts, messages, rooms, remote, lines, evictions } = parts;
  const users = {
    weights: messages.weights,
    nameOf: (account: number) => messages.nameOf(account),
    heldBy: (account: number, limit: number) => messages.heldBy(account, limit),
    evict: (id: number, account: number, at: number) =>
      end(parts, accounts.findOrAdd(messages.nameOf(account)), id, 'evicted', at),
  };
  const said = {
    weights: rooms.weights,
    nameOf: (room: number) => rooms.nameOf(room),
    heldBy: (room: number, limit: number) => rooms.heldBy(room, limit),
    evict: (id: number, _: number, at: number) => rooms.evict(id, at),
  };
  const servers = {
    weights: remote.weights,
    nameOf: (domain: string) => domain,
    heldBy: (domain: string, limit: number) => remote.heldBy(domain, limit),
    evict: (id: number, _: string, at: number) => remote.evict(id, at),
  };
  return new Ceiling(db, { users, rooms: said, servers, lines }, evictions);
}
