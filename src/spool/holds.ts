import type { Way } from '../tap/event.js';
import type { Account, Device } from './accounts.js';
import type { Member } from './rooms.js';
import { ACCOUNT_SLOT, hasSlot, type Slots, slotsOf } from './slots.js';

/** A session to which messages are handed, by ejabberd or by a replay, until it proves them. */
export interface Holder {
  readonly key: number;
  readonly account: Account;
  /** Its device, null for a server-made resource. */
  device: Device | null;
  /** It does not answer now, so others may have what it holds. */
  silent: boolean;
  /** What was handed together, by the numbers that replay gave. */
  readonly groups: Map<number, { ids: number[]; way: Way | 'replay' }>;
  /** Which group holds a message now; one let go and handed again belongs to the later group alone. */
  readonly held: Map<number, number>;
  /** The last message stored when a ping went out, by the ping's number. */
  readonly marks: Map<number, number>;
  /** Messages up to this one may be replayed: an answered ping has shown that ejabberd did not hand them over itself. */
  limit: number;
  /** The last message taken for the replay under way. */
  cursor: number;
  /** The rooms that it is in now, with the last message taken of each for the replay under way. */
  readonly occupies: Map<string, { member: Member; cursor: number }>;
  /** Which of what it holds was said in a room. */
  readonly heard: Map<number, Member>;
}

/** Who holds what, in memory only: after a restart nothing is held and all that is unproved is owed. */
export class Holds {
  readonly #holders = new Map<number, Holder>();
  readonly #byAccount = new Map<number, Set<Holder>>();

  get(key: number): Holder | undefined {
    return this.#holders.get(key);
  }

  add(key: number, account: Account): Holder {
    const holder: Holder = {
      key,
      account,
      device: null,
      silent: false,
      groups: new Map(),
      held: new Map(),
      marks: new Map(),
      limit: 0,
      cursor: 0,
      occupies: new Map(),
      heard: new Map(),
    };
    account.sessions++;
    this.#holders.set(key, holder);
    const others = this.#byAccount.get(account.id);
    if (others === undefined) this.#byAccount.set(account.id, new Set([holder]));
    else others.add(holder);
    return holder;
  }

  remove(holder: Holder): void {
    if (this.#holders.delete(holder.key)) holder.account.sessions--;
    const others = this.#byAccount.get(holder.account.id);
    others?.delete(holder);
    if (others?.size === 0) this.#byAccount.delete(holder.account.id);
  }

  clear(): void {
    for (const { account } of this.#holders.values()) account.sessions--;
    this.#holders.clear();
    this.#byAccount.clear();
  }

  hold(holder: Holder, group: number, message: number, way: Way | 'replay'): void {
    holder.held.set(message, group);
    const together = holder.groups.get(group);
    if (together === undefined) holder.groups.set(group, { ids: [message], way });
    else together.ids.push(message);
  }

  /** What ejabberd handed to a session that has not proved it; of some groups, or of all. */
  unproved(holder: Holder, groups: Iterable<number> = holder.groups.keys()): number[] {
    const ids: number[] = [];
    for (const group of groups) {
      const together = holder.groups.get(group);
      if (together === undefined || together.way === 'replay') continue;
      ids.push(...together.ids.filter(id => holder.held.get(id) === group));
    }
    return ids;
  }

  all(): Iterable<Holder> {
    return this.#holders.values();
  }

  /** Ends a group, for its messages were proved or cannot be any more. */
  take(holder: Holder, group: number): { ids: number[]; way: Way | 'replay' } {
    const together = holder.groups.get(group) ?? { ids: [], way: 'replay' };
    holder.groups.delete(group);
    // what was let go meanwhile (bounced, evicted) is no longer the group's
    const ids = together.ids.filter(id => holder.held.get(id) === group);
    for (const id of ids) holder.held.delete(id);
    return { ids, way: together.way };
  }

  /**
   * True where the session is not to be given a message again: it has it, or the message is owed to the account as a
   * whole only and another session has it that may still prove it.
   */
  isHeld(message: number, owed: Slots, by: Holder): boolean {
    if (by.held.has(message)) return true;
    if (by.device !== null && hasSlot(owed, by.device.slot)) return false;
    for (const other of this.#byAccount.get(by.account.id) ?? []) {
      if (!other.silent && other.held.has(message)) return true;
    }
    return false;
  }

  /** The device is none any more; its session goes on without. */
  forgetDevice(device: number, account: Account): void {
    for (const holder of this.#byAccount.get(account.id) ?? []) {
      if (holder.device?.id === device) holder.device = null;
    }
  }

  isHeldByAnyone(message: number, account: Account): boolean {
    for (const holder of this.#byAccount.get(account.id) ?? []) {
      if (holder.held.has(message)) return true;
    }
    return false;
  }

  /** Nobody holds the message any more. */
  letGo(message: number, account: Account): void {
    for (const holder of this.#byAccount.get(account.id) ?? []) {
      if (holder.held.delete(message)) fromTheBeginning(holder);
    }
  }
}

/** The next messages for a replay are looked for from the first on again. */
export function fromTheBeginning(holder: Holder): void {
  holder.cursor = 0;
  for (const place of holder.occupies.values()) place.cursor = 0;
}

/** What a session is owed: as its device, and as one of the account. */
export function slotsOwed({ device }: Holder): Slots {
  return slotsOf(device === null ? [ACCOUNT_SLOT] : [ACCOUNT_SLOT, device.slot]);
}
