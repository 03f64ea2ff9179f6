import type { Database } from 'better-sqlite3';
import { type Account, type Device, type DeviceRow, deviceOf } from './accounts.js';
import type { Ability, DeviceHabits, KnownDevice } from './content.js';
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
  readonly #statements;

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

interface Row {
  jid: string;
  priority: number;
  mute: 0 | 1;
  online: 0 | 1;
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

function prepare(db: Database) {
  return {
    arrive: db.prepare<[number, number, number]>(
      'UPDATE device SET last_seen = ?, online = 1, priority = ? WHERE id = ?',
    ),
    endProbation: db.prepare<[number]>('UPDATE device SET probation = 0 WHERE id = ?'),
    leastSeen: db.prepare<[number, 0 | 1], DeviceRow>(`
      SELECT id, slot, resource, probation FROM device WHERE account = ? AND probation = ?
      ORDER BY online, last_seen`),
    insert: db
      .prepare<[object], number>(`
        INSERT INTO device (account, slot, resource, first_seen, last_seen, online, priority, probation)
        VALUES (@account, @slot, @resource, @at, @at, 1, @priority, @probation) RETURNING id`)
      .pluck(),
    restore: db
      .prepare<[object], number>(`
        INSERT INTO device (account, slot, resource, first_seen, last_seen, online, priority, mute, carbons, mam, mucsub,
          proofs, proof_ms, probation)
        VALUES (@account, @slot, @resource, @first_seen, @last_seen, 0, @priority, @mute, @carbons, @mam, @mucsub, @proofs,
          @proof_ms, @probation) RETURNING id`)
      .pluck(),
    delete: db.prepare<[number]>('DELETE FROM device WHERE id = ?'),
    leave: db.prepare<[number, number]>('UPDATE device SET online = 0, last_seen = ? WHERE id = ?'),
    gone: db.prepare<[number]>('UPDATE device SET online = 0 WHERE id = ? AND online = 1'),
    habits: db.prepare<
      [number],
      { mute: number; proofs: number; takes: number | null; takesAt: number | null }
    >('SELECT mute, proofs, takes, takes_at AS takesAt FROM device WHERE id = ?'),
    narrow: db.prepare<[number, number, number]>('UPDATE device SET takes = ?, takes_at = ? WHERE id = ?'),
    setMute: db.prepare<[number, number]>('UPDATE device SET mute = ? WHERE id = ?'),
    carbons: db.prepare<[number]>('UPDATE device SET carbons = 1 WHERE id = ? AND carbons = 0'),
    mam: db.prepare<[number]>('UPDATE device SET mam = 1 WHERE id = ? AND mam = 0'),
    mucsub: db.prepare<[number]>('UPDATE device SET mucsub = 1 WHERE id = ? AND mucsub = 0'),
    subscribes: db.prepare<[number], number>('SELECT mucsub FROM device WHERE id = ?').pluck(),
    proved: db.prepare<[{ took: number; device: number }]>(`
      UPDATE device SET proofs = proofs + 1,
        proof_ms = CAST(0.8 * coalesce(proof_ms, @took) + 0.2 * @took AS INTEGER)
      WHERE id = @device`),
    find: db.prepare<[string, string, number], Row>(`
      SELECT account.jid || '/' || resource AS jid, priority, mute, online
      FROM account JOIN device ON device.account = account.id
      WHERE account.jid = ? AND resource = ? AND (online = 1 OR last_seen <= ?)`),
    // in this order of tables, for accounts without devices would be looked at too
    page: db.prepare<[number, number], Row & { account: number; isWanted: 0 | 1 }>(`
      SELECT device.account, account.jid || '/' || resource AS jid, priority, mute, online,
        online = 1 OR has_messages = 1 AS isWanted
      FROM device CROSS JOIN account ON account.id = device.account
      WHERE device.account > ? ORDER BY device.account LIMIT ?`),
    unheard: db.prepare<[string, number], Row>(`
      SELECT account.jid || '/' || resource AS jid, priority, mute, online
      FROM account JOIN device ON device.account = account.id
      WHERE account.jid = ? AND (online = 1 OR last_seen < ?)`),
    // two, each by an index of its own
    unseen: db.prepare<[{ lasting: number; onProbation: number }], DeviceRow & { jid: string }>(`
      SELECT device.id, slot, resource, probation, jid FROM device JOIN account ON account.id = device.account
      WHERE online = 0 AND last_seen < @lasting
      UNION SELECT device.id, slot, resource, probation, jid FROM device JOIN account ON account.id = device.account
      WHERE online = 0 AND probation = 1 AND last_seen < @onProbation`),
  };
}
