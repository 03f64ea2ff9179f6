import type { Way } from '../tap/event.js';
import { STORED_CAUSE } from './cause.js';
import type { Command } from './command.js';
import { noteFor } from './ending.js';
import { fromTheBeginning, type Holder, slotsOwed } from './holder.js';
import { outcomeOf } from './messages.js';
import type { Parts } from './parts.js';

/** What a session has proved, and what it cannot prove any more. */
export class Proving {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A ping was answered: these groups are proved, and what came before it may be replayed. */
  answered(holder: Holder, { ping, groups, at, took }: Extract<Command, { do: 'prove' }>): void {
    holder.limit = Math.max(holder.limit, holder.marks.get(ping) ?? 0);
    for (const mark of holder.marks.keys()) if (mark <= ping) holder.marks.delete(mark); // or lost
    for (const group of groups) this.#prove(holder, group, at);
    this.#parts.holds.answered(holder, ping);
    if (took !== null) this.#parts.journal.session('answered', holder.jid);
    if (holder.device !== null && took !== null)
      this.#parts.devices.proved(holder.device.id, Math.round(took));
  }

  /** What these groups have is owed again. */
  release(holder: Holder, groups: readonly number[]): void {
    this.lostWith(holder, groups);
    for (const group of groups) {
      const { ids } = this.#parts.holds.take(holder, group);
      for (const id of ids) holder.heard.delete(id);
      this.#parts.journal.lost(holder.jid, ids);
    }
    fromTheBeginning(holder);
  }

  #prove(holder: Holder, group: number, at: number): void {
    const { ids, way } = this.#parts.holds.take(holder, group);
    const outcome = outcomeOf(way);
    const slots = slotsOwed(holder);
    noteFor(this.#parts, holder, 'proved', ids, at, byWhom(way));
    for (const id of this.#parts.occupancy.prove(holder, ids, outcome, at)) {
      this.#parts.messages.settle(holder.account, id, slots, way, at);
    }
  }

  /** A receipt proves that message alone, and counts only for what the session was handed, from whom it is told. */
  receipt(holder: Holder, { sender, stanzaId, at }: Extract<Command, { do: 'receipt' }>): void {
    const id = this.#parts.holds.find(holder, one =>
      this.#parts.messages.stored.isFrom(one, sender, stanzaId),
    );
    if (id === undefined) return;
    const way = this.#parts.holds.takeOne(holder, id);
    noteFor(this.#parts, holder, 'proved', [id], at, byWhom(way));
    this.#parts.messages.settle(holder.account, id, slotsOwed(holder), way, at);
  }

  /**
   * What ejabberd gave to this session does not count as delivered, for the session cannot prove it any more: all of
   * it, or these groups.
   */
  lostWith(holder: Holder, groups?: readonly number[]): void {
    for (const id of this.#parts.holds.unproved(holder, groups))
      this.#parts.messages.setCause(id, STORED_CAUSE.session);
  }
}

/** Who has brought what came this way. */
function byWhom(way: Way | 'replay'): 'ejabberd' | 'respool' {
  return way === 'replay' ? 'respool' : 'ejabberd';
}
