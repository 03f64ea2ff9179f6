import type { Database } from 'better-sqlite3';
import type { DeviceRow } from './accounts.js';

/** A device with the JID of its session. */
export interface Row {
  jid: string;
  priority: number;
  mute: 0 | 1;
  online: 0 | 1;
}

/** What is asked of the device table, and changed in it. */
export function prepare(db: Database) {
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

export type DeviceStatements = ReturnType<typeof prepare>;
