import { Allowance } from './allowance.js';
import type { Taken } from './content.js';
import { noteFor } from './ending.js';
import { fromTheBeginning, type Holder, slotsOwed } from './holder.js';
import type { Owed } from './message-statements.js';
import type { Parts } from './parts.js';
import type { Questions } from './question.js';

/** What one replay takes out at once has so many characters, or little more: it goes to another thread, and is written. */
const TAKEN_AT_ONCE = 1 << 22;

/** What a session is owed and is to be sent. */
export class Replaying {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Is there something that this session is to be sent now? */
  owes(holder: Holder, at: number): boolean {
    if (this.#isOnHold(holder)) return false;
    for (let after = 0; ; ) {
      const range = {
        after,
        upTo: this.#parts.messages.lastId,
        at: this.#parts.calendar.judgedAt(at),
        limit: 100,
      };
      const owed = this.#parts.messages.stored.idsAfter(holder.account, slotsOwed(holder), range);
      if (owed.some(one => this.#isDue(one, holder, at))) return true;
      const last = owed.at(-1)?.id;
      if (last === undefined) {
        return this.#parts.occupancy.owes(holder, this.#parts.calendar.judgedAt(at));
      }
      after = last;
    }
  }

  /** Takes what is owed to the session, oldest first, into each of these groups up to a limit. */
  take(holder: Holder, { groups, limit, at }: Questions['take']['ask']): Taken[][] {
    const chunks: Taken[][] = [];
    if (this.#isOnHold(holder)) {
      fromTheBeginning(holder);
      return chunks;
    }
    const allowance = new Allowance(TAKEN_AT_ONCE);
    for (const group of groups) {
      const taken = this.#takeInto(holder, group, limit, allowance, at);
      if (taken.length > 0) chunks.push(taken);
      if (taken.length < limit) break;
    }
    if (chunks.length === 0) fromTheBeginning(holder);
    return chunks;
  }

  /** Somebody keeps it back by hand. */
  #isOnHold({ account, device }: Holder): boolean {
    return this.#parts.onHold.has(account.jid, device?.resource ?? null);
  }

  #takeInto(holder: Holder, group: number, limit: number, allowance: Allowance, at: number): Taken[] {
    const taken: Taken[] = [];
    const judgedAt = this.#parts.calendar.judgedAt(at);
    while (taken.length < limit && !allowance.isUsedUp) {
      const range = {
        ...{ after: holder.cursor, upTo: holder.limit },
        ...{ at: judgedAt, limit: limit - taken.length },
      };
      const rows = this.#parts.messages.stored.after(holder.account, slotsOwed(holder), range, allowance);
      const last = rows.at(-1);
      if (last === undefined) break;
      holder.cursor = last.id;
      for (const { message, ...one } of rows) {
        if (!this.#isDue(one, holder, at)) {
          allowance.giveBack(message.payload.length);
          continue;
        }
        this.#parts.holds.hold(holder, group, one.id, 'replay');
        if (isOfNobody(message)) this.#holdsEvent(holder, group, one.id);
        taken.push(message);
      }
    }
    taken.push(...this.#parts.occupancy.take(holder, group, limit - taken.length, allowance, judgedAt));
    noteFor(this.#parts, holder, 'replayed', holder.groups.get(group)?.ids ?? [], at);
    return taken;
  }

  /** It may be a subscriber's copy of what was said in a room. */
  #holdsEvent(holder: Holder, group: number, id: number): void {
    const identity = this.#parts.messages.stored.identityOf(id);
    if (identity !== undefined) this.#parts.forms.holdsEvent(holder, group, id, identity, 'replay');
  }

  /** Is what the session is owed to be replayed to it now? */
  #isDue({ id, owed, room, means }: Owed, holder: Holder, at: number): boolean {
    if (!isHere(room, holder) || this.#parts.holds.isHeld(id, owed, holder)) return false;
    if (means !== null && this.#parts.references.isToCome(means, holder)) return false;
    // what was sent before the session came, ejabberd has delivered by now or never will
    return id <= holder.cameAfter || !this.#parts.underWay.has(id, at);
  }
}

/** A private message of a room is for a device that is in it. */
export function isHere(room: string | null, holder: Holder): boolean {
  return room === null || holder.occupies.has(room);
}

/** Only a room, or another service, sends in a name without a resource. */
function isOfNobody({ from }: Taken): boolean {
  return !from.includes('/');
}
