import type { Device } from './accounts.js';
import type { Command } from './command.js';
import { type Holder, leaveAll } from './holder.js';
import type { Parts } from './parts.js';
import type { Removing } from './removing.js';

/** Sessions as they come, and the devices that they are of. */
export class Arriving {
  readonly #parts: Parts;
  readonly #removing: Removing;

  constructor(parts: Parts, removing: Removing) {
    this.#parts = parts;
    this.#removing = removing;
  }

  /** A device of which no session is known is not there. */
  gone({ account, resource }: Extract<Command, { do: 'gone' }>): void {
    const device = this.#parts.accounts.find(account)?.devices.find(one => one.resource === resource);
    if (device !== undefined) this.#parts.devices.gone(device.id);
  }

  /** A session is there, or is there anew. */
  arrive(command: Extract<Command, { do: 'arrive' }>): void {
    const account = this.#parts.accounts.findOrAdd(command.account);
    const { session, resource, priority, at } = command;
    const isFirst = this.#parts.holds.get(session) === undefined;
    const holder = this.#parts.holds.get(session) ?? this.#parts.holds.add(session, account, resource);
    if (isFirst) this.#parts.journal.session('came', holder.jid);
    if (command.anew) {
      leaveAll(holder, command.roomsSince ?? Number.POSITIVE_INFINITY);
      holder.cameAfter = this.#parts.messages.lastId;
    }
    const known = account.devices.find(device => device.resource === resource);
    if (known !== undefined || command.device) {
      const stays = (device: Device) => this.#parts.onHold.lasts(account.jid, device.resource);
      for (const device of this.#parts.devices.crowdedOut(account, resource, isFirst, stays))
        this.#removing.forget(account, device);
    }
    if (known !== undefined && (isFirst || command.back === true)) this.#parts.devices.comesBack(known);
    // where its presence was not seen it may still be a device that was known before
    if (command.device) holder.device = this.#parts.devices.arrive(account, resource, priority, at);
    else holder.device ??= known ?? null;
    this.#parts.occupancy.arrived(holder);
    this.#recall(holder);
  }

  #recall(holder: Holder): void {
    const { device } = holder;
    if (device !== null)
      this.#parts.holds.recall(holder, id => this.#parts.rooms.members.memberFor(device.id, id));
  }
}
