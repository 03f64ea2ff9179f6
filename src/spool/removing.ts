import type { Account, Device } from './accounts.js';
import type { Forgotten } from './content.js';
import { end } from './ending.js';
import type { Parts } from './parts.js';
import type { Questions } from './question.js';
import { ACCOUNT_SLOT, slotsOf } from './slots.js';

/** What goes because somebody says so: dropped, or forgotten with its device or account. */
export class Removing {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A device is to be none any more. Was it one? */
  forgetByName(jid: string, resource: string): boolean {
    const account = this.#parts.accounts.find(jid);
    const device = account?.devices.find(one => one.resource === resource);
    if (account === undefined || device === undefined) return false;
    this.forget(account, device);
    return true;
  }

  /** A device is known no more, and owed nothing. Returns to how many rooms it belonged. */
  forget(account: Account, device: Device): number {
    this.#parts.holds.forgetDevice(device.id, account);
    this.#parts.messages.forgetSlot(account, device.slot);
    const rooms = this.#parts.rooms.members.forgetDevice(device.id);
    this.#parts.devices.forget(account, device);
    return rooms;
  }

  /** Drops what is owed to an account, up to so many messages. Returns how many there were. */
  drop(jid: string, at: number, limit: number): number {
    const account = this.#parts.accounts.find(jid);
    const remote = this.#parts.remote.dropOf(jid, limit, at);
    if (account === undefined) return remote;
    const said = account.devices.flatMap(({ id }) => this.#parts.rooms.members.spareAll(id, at));
    for (const id of said) this.#parts.holds.letGo(id, account);
    this.#parts.ledger.ended('dropped', { owing: null, messages: said.length });
    const messages = this.#parts.messages.stored.oldestOf(account, limit - remote);
    for (const id of messages) end(this.#parts, account, id, 'dropped', at);
    return remote + said.length + messages.length;
  }

  /** Drops lines of the queue. Returns how many of them were still pending. */
  dropPendings(pendings: Questions['drop-pendings']['ask']['pendings'], at: number): number {
    const together = new Map<string, { id: number; jid: string; resources: (string | null)[] }>();
    for (const [id, jid, resource] of pendings) {
      const known = together.get(`${id} ${jid}`);
      if (known !== undefined) known.resources.push(resource);
      else together.set(`${id} ${jid}`, { id, jid, resources: [resource] });
    }
    let dropped = 0;
    for (const { id, jid, resources } of together.values()) {
      const account = this.#parts.accounts.find(jid); // a writer to other servers may have no row
      const devices = (account?.devices ?? []).filter(({ resource }) => resources.includes(resource));
      const [only] = resources.length === 1 ? devices : [];
      const described = this.#parts.journal.describe(id);
      const slots = devices.map(({ slot }) => slot);
      const whom = only === undefined ? jid : `${jid}/${only.resource}`;
      const owed = slotsOf(resources.includes(null) ? [ACCOUNT_SLOT, ...slots] : slots);
      const messages = account === undefined ? 0 : this.#parts.messages.drop(account, id, owed, whom, at);
      const said = devices.filter(device =>
        this.#parts.rooms.members.drop(device.id, id, `${jid}/${device.resource}`, at),
      );
      const remote = resources.includes(null) && this.#parts.remote.drop(jid, id, at) ? 1 : 0;
      const sum = messages + said.length + remote;
      if (sum === 0) continue;
      dropped += sum;
      this.#parts.journal.note('dropped', { id, at, device: only?.resource ?? null }, described, jid);
    }
    return dropped;
  }

  /** Removes what is kept about an account, up to so many messages; it is overwritten in the file too. */
  forgetAccount(jid: string, limit: number): Forgotten {
    const account = this.#parts.accounts.find(jid);
    this.#parts.db.pragma('secure_delete = ON');
    try {
      const ids = account === undefined ? [] : this.#parts.messages.stored.oldestOf(account, limit);
      for (const id of ids) {
        this.#parts.holds.letGo(id, account as Account);
        this.#parts.messages.forget(account as Account, id);
      }
      if (account !== undefined) this.#parts.messages.endedOfLate.forget(account.id);
      const remote = this.#parts.remote.forget(jid, limit - ids.length);
      const messages = ids.length + remote;
      if (messages === limit) return { messages, devices: 0, memberships: 0, lines: 0, more: true };
      const devices = [...(account?.devices ?? [])];
      const memberships = devices.reduce((sum, one) => sum + this.forget(account as Account, one), 0);
      if (account !== undefined) this.#parts.accounts.count(account, 0); // its row goes with the last session
      this.#parts.onHold.forget(jid);
      const lines = this.#parts.lines.forget(jid);
      this.#parts.journal.forget(jid);
      return { messages, devices: devices.length, memberships, lines, more: false };
    } finally {
      this.#parts.db.pragma('secure_delete = OFF');
    }
  }
}
