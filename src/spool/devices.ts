import type { Database } from 'better-sqlite3';
import type { Account, Device } from './accounts.js';
import type { Ability, Answers, KnownDevice } from './command.js';
import type { DeviceRecord } from './record.js';
import { HIGHEST_SLOT } from './slots.js';

export interface DeviceLimits {
  /** A device not seen for so many ms is forgotten. */
  forgetAfter: number;
  /** An account has so many devices at most; the one not seen for longest goes. */
  maxPerAccount: number;
}

/** The device table: resources that come back. */
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

  /** Those that have to go before a device can be added: the ones not seen for longest. */
  crowdedOut(account: Account, resource: string): Device[] {
    if (account.devices.some(device => device.resource === resource)) return [];
    const over = account.devices.length + 1 - this.#limits.maxPerAccount;
    return over > 0 ? this.#statements.leastSeen.all(account.id, over) : [];
  }

  /** A device is online. */
  arrive(account: Account, resource: string, priority: number, at: number): Device {
    const known = account.devices.find(device => device.resource === resource);
    if (known !== undefined) {
      this.#statements.arrive.run(at, priority, known.id);
      return known;
    }
    const slot = freeSlot(account);
    const id = this.#statements.insert.get(account.id, slot, resource, at, at, priority) as number;
    const device = { id, slot, resource };
    account.devices.push(device);
    return device;
  }

  /** Adds a device of an exported queue, which is not online here. Returns false where the account has its number. */
  restore(account: Account, { record: _, mute, carbons, mam, ...device }: DeviceRecord): boolean {
    if (account.devices.length >= this.#limits.maxPerAccount) return false;
    const slot = freeSlot(account);
    const flags = { mute: Number(mute), carbons: Number(carbons), mam: Number(mam) };
    const id = this.#statements.restore.get({ ...device, ...flags, account: account.id, slot }) as number;
    account.devices.push({ id, slot, resource: device.resource });
    return true;
  }

  forget(account: Account, { id }: Device): void {
    account.devices = account.devices.filter(device => device.id !== id);
    this.#statements.delete.run(id);
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

  answers(device: number): Answers {
    const row = this.#statements.answers.get(device);
    if (row === undefined) return 'unknown';
    return row.mute === 1 ? 'no' : row.proofs > 0 ? 'yes' : 'unknown';
  }

  setMute(device: number, mute: boolean): void {
    this.#statements.setMute.run(mute ? 1 : 0, device);
  }

  find(account: string, resource: string): KnownDevice | null {
    const row = this.#statements.find.get(account, resource);
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
    return this.#statements.unseen.all(at - this.#limits.forgetAfter);
  }
}

interface Row {
  jid: string;
  priority: number;
  mute: number;
}

function known({ jid, priority, mute }: Row): KnownDevice {
  return { jid, priority, mute: mute === 1 };
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
    leastSeen: db.prepare<[number, number], Device>(
      'SELECT id, slot, resource FROM device WHERE account = ? ORDER BY online, last_seen LIMIT ?',
    ),
    insert: db
      .prepare<[number, number, string, number, number, number], number>(`
        INSERT INTO device (account, slot, resource, first_seen, last_seen, online, priority)
        VALUES (?, ?, ?, ?, ?, 1, ?) RETURNING id`)
      .pluck(),
    restore: db
      .prepare<[object], number>(`
        INSERT INTO device (account, slot, resource, first_seen, last_seen, online, priority, mute, carbons, mam,
          proofs, proof_ms)
        VALUES (@account, @slot, @resource, @first_seen, @last_seen, 0, @priority, @mute, @carbons, @mam, @proofs,
          @proof_ms) RETURNING id`)
      .pluck(),
    delete: db.prepare<[number]>('DELETE FROM device WHERE id = ?'),
    leave: db.prepare<[number, number]>('UPDATE device SET online = 0, last_seen = ? WHERE id = ?'),
    answers: db.prepare<[number], { mute: number; proofs: number }>(
      'SELECT mute, proofs FROM device WHERE id = ?',
    ),
    setMute: db.prepare<[number, number]>('UPDATE device SET mute = ? WHERE id = ?'),
    carbons: db.prepare<[number]>('UPDATE device SET carbons = 1 WHERE id = ? AND carbons = 0'),
    mam: db.prepare<[number]>('UPDATE device SET mam = 1 WHERE id = ? AND mam = 0'),
    proved: db.prepare<[{ took: number; device: number }]>(`
      UPDATE device SET proofs = proofs + 1,
        proof_ms = CAST(0.8 * coalesce(proof_ms, @took) + 0.2 * @took AS INTEGER)
      WHERE id = @device`),
    find: db.prepare<[string, string], Row>(`
      SELECT account.jid || '/' || resource AS jid, priority, mute
      FROM account JOIN device ON device.account = account.id WHERE account.jid = ? AND resource = ?`),
    // in this order of tables, for accounts without devices would be looked at too
    page: db.prepare<[number, number], Row & { account: number; isWanted: 0 | 1 }>(`
      SELECT device.account, account.jid || '/' || resource AS jid, priority, mute,
        online = 1 OR has_messages = 1 AS isWanted
      FROM device CROSS JOIN account ON account.id = device.account
      WHERE device.account > ? ORDER BY device.account LIMIT ?`),
    unheard: db.prepare<[string, number], Row>(`
      SELECT account.jid || '/' || resource AS jid, priority, mute
      FROM account JOIN device ON device.account = account.id
      WHERE account.jid = ? AND (online = 1 OR last_seen < ?)`),
    unseen: db.prepare<[number], Device & { jid: string }>(`
      SELECT device.id, slot, resource, jid FROM device JOIN account ON account.id = device.account
      WHERE online = 0 AND last_seen < ?`),
  };
}
