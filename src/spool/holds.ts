import type { Way } from '../tap/event.js';
import type { Account, Accounts } from './accounts.js';
import type { UnansweredPing } from './content.js';
import { fromTheBeginning, type Holder, isWritten } from './holder.js';
import type { Journal } from './journal.js';
import type { Member } from './room-statements.js';
import type { Sleepers } from './sleepers.js';
import { hasSlot, type Slots } from './slots.js';

/**
 * Of what a session holds, the oldest so many are looked at for one that a receipt names: a client tells of the messages
 * in their order, and nobody is to keep the spool busy with ids that there are not.
 */
const LOOKED_AT = 100;

/**
 * Who holds what: in memory, and for devices that let a ping pass in the spool too. After a restart nothing else is held,
 * and all else that is unproved is owed.
 */
export class Holds {
  readonly #sleepers: Sleepers;
  readonly #accounts: Accounts;
  readonly #journal: Journal;
  readonly #holders = new Map<number, Holder>();
  readonly #byAccount = new Map<number, Set<Holder>>();

  constructor(sleepers: Sleepers, accounts: Accounts, journal: Journal) {
    this.#sleepers = sleepers;
    this.#accounts = accounts;
    this.#journal = journal;
  }

  get(key: number): Holder | undefined {
    return this.#holders.get(key);
  }

  add(key: number, account: Account, resource: string): Holder {
    const holder: Holder = {
      key,
      account,
      jid: `${account.jid}/${resource}`,
      device: null,
      silent: false,
      groups: new Map(),
      held: new Map(),
      marks: new Map(),
      limit: 0,
      cameAfter: 0,
      cursor: 0,
      occupies: new Map(),
      heard: new Map(),
      written: null,
    };
    this.#accounts.occupied(account);
    this.#holders.set(key, holder);
    const others = this.#byAccount.get(account.id);
    if (others === undefined) this.#byAccount.set(account.id, new Set([holder]));
    else others.add(holder);
    return holder;
  }

  remove(holder: Holder): void {
    this.wipe(holder);
    if (this.#holders.delete(holder.key)) this.#accounts.vacated(holder.account);
    const others = this.#byAccount.get(holder.account.id);
    others?.delete(holder);
    if (others?.size === 0) this.#byAccount.delete(holder.account.id);
  }

  clear(): void {
    for (const { account } of this.#holders.values()) this.#accounts.vacated(account);
    this.#holders.clear();
    this.#byAccount.clear();
  }

  /** The session was handed a message, for the first time or again: then the later group is to prove it. */
  hold(holder: Holder, group: number, message: number, way: Way | 'replay'): void {
    if (this.#holds(holder, group, message, way) && way !== 'replay')
      this.#journal.handed(holder.jid, message);
  }

  /** The session was handed what replaces a message: with that it will have proved this one, too. */
  holdReplaced(holder: Holder, group: number, message: number, way: Way): void {
    if (this.#holds(holder, group, message, way)) this.#journal.handed(holder.jid, message, 'replaced');
  }

  /** Returns whether it did not before. */
  #holds(holder: Holder, group: number, message: number, way: Way | 'replay'): boolean {
    if (holder.held.get(message) === group) return false;
    holder.held.set(message, group);
    const together = holder.groups.get(group);
    if (together === undefined) holder.groups.set(group, { ids: [message], way });
    else together.ids.push(message);
    if (isWritten(holder)) this.#sleepers.add(holder.device.id, message, way);
    return true;
  }

  /** The session lets these pings pass: what it holds is written down, and what it is handed from now on. */
  writeDown(holder: Holder, pings: readonly (UnansweredPing & { number: number })[]): void {
    const { device } = holder;
    if (device === null) return; // a server-made resource does not come back
    if (holder.written === null) {
      for (const [message, group] of holder.held) {
        this.#sleepers.add(device.id, message, holder.groups.get(group)?.way ?? 'live');
      }
    }
    holder.written ??= new Map();
    for (const { number, id, sentAt, groups } of pings) {
      const row = this.#sleepers.addPing(device.id, id, sentAt, [...this.#heldIn(holder, groups)]);
      if (row !== undefined) holder.written.set(number, row);
    }
  }

  /** A ping was answered: it, and those before it, are no more to be known. */
  answered({ written }: Holder, ping: number): void {
    for (const [number, row] of written ?? []) {
      if (number > ping) continue;
      this.#sleepers.removePing(row);
      written?.delete(number);
    }
  }

  /** Nothing that it holds is to be known to another process. */
  wipe(holder: Holder): void {
    if (isWritten(holder)) this.#sleepers.clear(holder.device.id);
    holder.written = null;
  }

  /** What a session of its device held when respool was away is held by this one. */
  recall(holder: Holder, memberOf: (message: number) => Member | undefined): void {
    const { device, written } = holder;
    if (device === null || written !== null || !this.#sleepers.has(device.id)) return;
    holder.written = new Map();
    for (const { group, way, message } of this.#sleepers.of(device.id)) {
      const together = holder.groups.get(group) ?? { ids: [], way };
      together.ids.push(message);
      holder.groups.set(group, together);
      holder.held.set(message, group);
      const member = memberOf(message);
      if (member !== undefined) holder.heard.set(message, member);
    }
  }

  /** How a session was handed a message that it holds. */
  wayOf(holder: Holder | undefined, message: number): Way | 'replay' | undefined {
    return holder?.groups.get(holder.held.get(message) ?? -1)?.way;
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
    for (const id of ids) this.#drop(holder, id);
    return { ids, way: together.way };
  }

  /** The first of what the session holds of which this is true; not all of it is looked at. */
  find(holder: Holder, isIt: (message: number) => boolean): number | undefined {
    let looked = 0;
    for (const message of holder.held.keys()) {
      if (++looked > LOOKED_AT) return undefined;
      if (isIt(message)) return message;
    }
    return undefined;
  }

  /** The session has proved this message alone, of what its group has. Returns how it had come. */
  takeOne(holder: Holder, message: number): Way | 'replay' {
    const way = this.wayOf(holder, message) ?? 'replay';
    this.#drop(holder, message);
    return way;
  }

  /**
   * True if the session is not to be given a message again: it has it, or its own device is not owed it and another
   * session of the account that answers has it.
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
      if (holder.device?.id !== device) continue;
      this.wipe(holder);
      holder.device = null;
    }
    this.#sleepers.clear(device); // it may have no session
  }

  /** How many sessions of the account hold the message. */
  countOf(message: number, account: Account): number {
    return this.holdersOf(message, account).length;
  }

  /** The sessions of an account that hold this message. */
  holdersOf(message: number, account: Account): Holder[] {
    return [...(this.#byAccount.get(account.id) ?? [])].filter(({ held }) => held.has(message));
  }

  /** Nobody holds the message any more. */
  letGo(message: number, account: Account): void {
    for (const holder of this.#byAccount.get(account.id) ?? []) {
      if (this.#drop(holder, message)) fromTheBeginning(holder);
    }
  }

  /** Nobody of any account holds the message any more. */
  letGoOfAll(message: number): void {
    for (const holder of this.#holders.values()) {
      if (this.#drop(holder, message)) fromTheBeginning(holder);
      holder.heard.delete(message);
    }
  }

  #drop(holder: Holder, message: number): boolean {
    if (isWritten(holder)) this.#sleepers.remove(holder.device.id, message);
    return holder.held.delete(message);
  }

  *#heldIn({ groups, held }: Holder, among: readonly number[]): Generator<number> {
    for (const group of among) {
      for (const id of groups.get(group)?.ids ?? []) if (held.get(id) === group) yield id;
    }
  }
}
