import type { Database } from 'better-sqlite3';
import type { Account } from './accounts.js';
import type { KnownDevice } from './command.js';

/** Bits of `owed` from 1 on; with the account's own they fit a JavaScript number. */
const SLOTS = 50;

export interface DeviceLimits {
  /** A device not seen for so many ms is forgotten. */
  forgetAfter: number;
  /** An account has so many devices at most; the one not seen for longest goes. */
  maxPerAccount: number;
}

/** The device table: resources that come back. */
export class Devices {
  readonly #limits: DeviceLimits;
  readonly #statements;

  constructor(db: Database, limits: DeviceLimits) {
    this.#limits = { ...limits, maxPerAccount: Math.min(limits.maxPerAccount, SLOTS) };
    this.#statements = prepare(db);
  }

  /** A device is online. Returns its row. */
  arrive(account: Account, resource: string, priority: number, at: number): number {
    const known = this.#statements.arrive.get(at, priority, account.id, resource);
    if (known !== undefined) return known;
    const slots = this.#statements.slots.all(account.id);
    while (slots.length >= this.#limits.maxPerAccount) {
      const { id } = slots.pop() as { id: number };
      this.#statements.delete.run(id);
    }
    const taken = new Set(slots.map(device => device.slot));
    let slot = 1;
    while (taken.has(slot)) slot++;
    return this.#statements.insert.get(account.id, slot, resource, at, at, priority) as number;
  }

  leave(device: number, at: number): void {
    this.#statements.leave.run(at, device);
  }

  isMute(device: number): boolean {
    return this.#statements.isMute.get(device) === 1;
  }

  setMute(device: number, mute: boolean): void {
    this.#statements.setMute.run(mute ? 1 : 0, device);
  }

  /** Devices believed online, and those of accounts that are owed something, after a row. */
  absent(after: number, limit: number): { devices: KnownDevice[]; last: number } {
    const rows = this.#statements.absent.all(after, limit);
    return {
      devices: rows.map(({ jid, priority, mute }) => ({ jid, priority, mute: mute === 1 })),
      last: rows.at(-1)?.id ?? after,
    };
  }

  /** Forgets devices not seen for long. */
  forget(at: number): void {
    this.#statements.forget.run(at - this.#limits.forgetAfter);
  }
}

function prepare(db: Database) {
  return {
    arrive: db
      .prepare<[number, number, number, string], number>(
        'UPDATE device SET last_seen = ?, online = 1, priority = ? WHERE account = ? AND resource = ? RETURNING id',
      )
      .pluck(),
    slots: db.prepare<[number], { id: number; slot: number }>(
      'SELECT id, slot FROM device WHERE account = ? ORDER BY online DESC, last_seen DESC',
    ),
    insert: db
      .prepare<[number, number, string, number, number, number], number>(`
        INSERT INTO device (account, slot, resource, first_seen, last_seen, online, priority)
        VALUES (?, ?, ?, ?, ?, 1, ?) RETURNING id`)
      .pluck(),
    delete: db.prepare<[number]>('DELETE FROM device WHERE id = ?'),
    leave: db.prepare<[number, number]>('UPDATE device SET online = 0, last_seen = ? WHERE id = ?'),
    isMute: db.prepare<[number], number>('SELECT mute FROM device WHERE id = ?').pluck(),
    setMute: db.prepare<[number, number]>('UPDATE device SET mute = ? WHERE id = ?'),
    absent: db.prepare<[number, number], { id: number; jid: string; priority: number; mute: number }>(`
      SELECT device.id, account.jid || '/' || resource AS jid, priority, mute
      FROM device JOIN account ON account.id = device.account
      WHERE device.id > ? AND (online = 1 OR messages > 0) ORDER BY device.id LIMIT ?`),
    forget: db.prepare<[number]>('DELETE FROM device WHERE online = 0 AND last_seen < ?'),
  };
}
