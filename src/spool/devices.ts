import type { Database } from 'better-sqlite3';
import { type Account, type Device, deviceOf } from './accounts.js';
import type { Ability, DeviceHabits, KnownDevice } from './content.js';
import { type DeviceStatements, prepare, type Row } from './device-statements.js';
import { beginsOnProbation, MOST_ON_PROBATION, PROBATION, surplus } from './probation.js';
import type { DeviceRecord } from './record.js';
import { HIGHEST_SLOT } from './slots.js';

export interface DeviceLimits {
  /** A device not seen for so many ms is forgotten. */
  forgetAfter: number;
  /** An account has so many at most that have come back; the one not seen for longest goes. */
  maxPerAccount: number;
}

/** Of one of which nothing is known. */
export const UNKNOWN_DEVICE: DeviceHabits = { answers: 'unknown', takes: null };

/** The device table: resources that come back, and some that were seen once. */
export class Devices {
  #limits!: DeviceLimits;
  readonly #statements: DeviceStatements;

  constructor(db: Database, limits: DeviceLimits) {
    this.limit(limits);
    this.#statements = prepare(db);
  }

  limit(limits: DeviceLimits): void {
    this.#limits = { ...limits, maxPerAccount: Math.min(limits.maxPerAccount, HIGHEST_SLOT) };
  }

  /**
   * Those that have to go before a device can be added, or can count as one that comes back: the ones not seen for
   * longest. @param comesBack it was known before this session @param stays it is not to go
   */
  crowdedOut(
    account: Account,
    resource: string,
    comesBack: boolean,
    stays: (device: Device) => boolean = () => false,
  ): Device[] {
    const known = find(account, resource);
    if (known !== undefined && !(known.onProbation && comesBack)) return [];
    const onProbation = known === undefined && beginsOnProbation(resource);
    const comes = { isKnown: known !== undefined, onProbation };
    const over = surplus(account.devices, comes, this.#limits.maxPerAccount);
    const least = (probation: 0 | 1, count: number) =>
      this.#leastSeen(account, probation)
        .filter(device => !stays(device))
        .slice(0, count);
    return [...least(0, over.others), ...least(1, over.onProbation)];
  }

  /** A device that was known before this session is on probation no more. */
  comesBack(device: Device): void {
    if (!device.onProbation) return;
    device.onProbation = false;
    this.#statements.endProbation.run(device.id);
  }

  /** A device is online. Returns null where the account has no room for one more. */
  arrive(account: Account, resource: string, priority: number, at: number): Device | null {
    const known = find(account, resource);
    if (known !== undefined) {
      this.#statements.arrive.run(at, priority, known.id);
      return known;
    }
    const slot = freeSlot(account);
    if (slot > HIGHEST_SLOT) return null;
    const onProbation = beginsOnProbation(resource);
    const row = { account: account.id, slot, resource, at, priority, probation: Number(onProbation) };
    const device = { id: this.#statements.insert.get(row) as number, slot, resource, onProbation };
    account.devices.push(device);
    return device;
  }

  /** Adds a device of an exported queue, which is not online here. Returns false where the account has its number. */
  restore(
    account: Account,
    { record: _, mute, carbons, mam, mucsub, probation, ...device }: DeviceRecord,
  ): boolean {
    const most = probation ? MOST_ON_PROBATION : this.#limits.maxPerAccount;
    const alike = account.devices.filter(({ onProbation }) => onProbation === probation);
    const slot = freeSlot(account);
    if (alike.length >= most || slot > HIGHEST_SLOT) return false;
    const flags = {
      mute: Number(mute),
      carbons: Number(carbons),
      mam: Number(mam),
      mucsub: Number(mucsub),
      probation: Number(probation),
    };
    const id = this.#statements.restore.get({ ...device, ...flags, account: account.id, slot }) as number;
    account.devices.push({ id, slot, resource: device.resource, onProbation: probation });
    return true;
  }

  forget(account: Account, { id }: Device): void {
    account.devices = account.devices.filter(device => device.id !== id);
    this.#statements.delete.run(id);
  }

  /** Does it know what subscribers of rooms get? */
  subscribes(device: number): boolean {
    return this.#statements.subscribes.get(device) === 1;
  }

  setAble(device: number, ability: Ability): void {
    this.#statements[ability].run(device);
  }

  /** A ping was answered after so many ms; the figure kept is a moving average. */
  proved(device: number, took: number): void {
    this.#statements.proved.run({ took, device });
  }

  leave(device: number, at: number): void {
    this.#statements.leave.run(at, device);
  }

  /** It has gone, nobody knows when. */
  gone(device: number): void {
    this.#statements.gone.run(device);
  }

  habits(device: number): DeviceHabits {
    const row = this.#statements.habits.get(device);
    if (row === undefined) return UNKNOWN_DEVICE;
    const { mute, proofs, takes: most, takesAt: at } = row;
    const answers = mute === 1 ? 'no' : proofs > 0 ? 'yes' : 'unknown';
    return { answers, takes: most === null || at === null ? null : { most, at } };
  }

  /** It takes so many messages of a replay at a time. */
  narrow(device: number, most: number, at: number): void {
    this.#statements.narrow.run(most, at, device);
  }

  setMute(device: number, mute: boolean): void {
    this.#statements.setMute.run(mute ? 1 : 0, device);
  }

  /** One that was not seen to go since that date; null: there is none. */
  find(account: string, resource: string, since: number): KnownDevice | null {
    const row = this.#statements.find.get(account, resource, since);
    return row === undefined ? null : known(row);
  }

  /**
   * All devices of accounts of which one was believed online, or which are owed something. Looks at so many rows,
   * of accounts with higher ids than `after`; `last`: the id to go on from, null at the end.
   */
  absent(after: number, rows: number): { devices: KnownDevice[]; last: number | null } {
    const found = this.#statements.page.all(after, rows);
    const isEnd = found.length < rows;
    const cut = found.at(-1)?.account; // the rest of its devices may be on the next page
    const whole = isEnd ? found : found.filter(({ account }) => account !== cut);
    const wanted = new Set(whole.filter(({ isWanted }) => isWanted === 1).map(({ account }) => account));
    return {
      devices: whole.filter(({ account }) => wanted.has(account)).map(known),
      last: isEnd ? null : (whole.at(-1)?.account ?? null),
    };
  }

  /** Devices of an account that are said to be online, or were not seen since a moment. */
  unheard(account: string, since: number): KnownDevice[] {
    return this.#statements.unheard.all(account, since).map(known);
  }

  /** Devices not seen for long, with the JIDs of their accounts. */
  unseen(at: number): (Device & { jid: string })[] {
    const { forgetAfter } = this.#limits;
    return this.#statements.unseen
      .all({ lasting: at - forgetAfter, onProbation: at - Math.min(forgetAfter, PROBATION) })
      .map(({ jid, ...row }) => ({ jid, ...deviceOf(row) }));
  }

  #leastSeen(account: Account, probation: 0 | 1): Device[] {
    return this.#statements.leastSeen.all(account.id, probation).map(deviceOf);
  }
}

function known({ jid, priority, mute, online }: Row): KnownDevice {
  return { jid, priority, mute: mute === 1, online: online === 1 };
}

function find({ devices }: Account, resource: string): Device | undefined {
  return devices.find(device => device.resource === resource);
}

function freeSlot(account: Account): number {
  const taken = new Set(account.devices.map(device => device.slot));
  let slot = 1;
  while (taken.has(slot)) slot++;
  return slot;
}
