import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { salvage } from '../../src/spool/salvage.js';
import { Spool } from '../../src/spool/spool.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { tries } from '../tries.js';
import { emptyFile } from './empty.js';
import { arrival, heard, LIMITS, message, newPath } from './opened.js';

const MESSAGES = 4_000;
const ACCOUNTS = 40;
const ROOM = 'room@rooms.example.org';
const GENEROUS = {
  ...LIMITS,
  maxPerAccount: 1e6,
  maxPerSender: 1e6,
  rooms: { ...LIMITS.rooms, maxPerRoom: 1e6 },
};
const user = (id: number) => `user${id % ACCOUNTS}@example.org`;

/** A spool in one file, with messages of all kinds of people, a room, and a device. */
function filled(): string {
  const path = emptyFile(newPath());
  const db = openSpool(path);
  const spool = new Spool(db, GENEROUS);
  spool.apply([arrival({ account: user(0) }), { do: 'join', session: 1, room: ROOM, nick: 'me', at: 1 }]);
  spool.apply(
    Array.from({ length: MESSAGES }, (_, at) => ({
      do: 'store' as const,
      message: message(at + 1, {
        account: user(at),
        to: user(at),
        payload: `<body>${'x'.repeat(at % 900)}</body>`,
        expiresAt: 4e12,
      }),
    })),
  );
  spool.apply([heard(90_001, ROOM, { expiresAt: 4e12, stamp: 1 }, { session: 0 })]);
  spool.apply([{ ask: 'put-on-hold', jid: user(3), by: 'root', at: 1 }]);
  db.pragma('journal_mode = DELETE');
  db.close();
  return path;
}

/** The pages of a table, or of an index. */
function pagesOf(path: string, name: string, kind: 'leaf' | 'internal' | 'overflow'): number[] {
  const db = new Database(path, { readonly: true });
  try {
    const sql = 'SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ? ORDER BY pageno';
    return db.prepare<[string, string], number>(sql).pluck().all(name, kind);
  } finally {
    db.close();
  }
}

/** Writes over pages what is none. */
function damage(path: string, pages: readonly number[], byte = 0xa5): void {
  const fd = openSync(path, 'r+');
  for (const page of pages) writeSync(fd, Buffer.alloc(4096, byte), 0, 4096, (page - 1) * 4096);
  closeSync(fd);
}

const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** What was saved, and what a daemon finds in it. */
function saved(path: string) {
  const before = digest(path);
  const file = newPath();
  const folder = `${file}.salvage`;
  const tables = new Map(
    salvage({ damaged: path, file, folder }, () => undefined).map(one => [one.table, one]),
  );
  assert.equal(digest(path), before, 'the damaged file is as it was');
  assert.equal(existsSync(folder), false);
  const reader = SpoolReader.open(file);
  assert.equal(reader.findDamage(), null);
  const pendings = [...reader.pendings()];
  assert.equal(reader.stats().pending, pendings.filter(({ type }) => type !== 'groupchat').length);
  const holds = reader.holds().map(({ jid }) => jid);
  reader.close();
  const spool = new Spool(openSpool(file), GENEROUS); // it can be gone on with
  spool.apply([
    { do: 'store', message: message(99_999) },
    { do: 'sweep', at: 5 },
  ]);
  return { tables, pendings, holds };
}

describe('salvage', () => {
  test('of a spool that is whole saves all of it', () => {
    const { tables, pendings, holds } = saved(filled());
    for (const { table, lost } of tables.values()) if (table !== 'counter') assert.equal(lost, 0, table);
    // owed to the account each, to the device too those that are its account's, and what was said in the room
    assert.equal(pendings.length, MESSAGES + MESSAGES / ACCOUNTS + 1);
    assert.deepEqual(holds, [user(3)]);
  });

  test('of damaged pages of messages loses what was on them, and counts that', () => {
    const path = filled();
    const leaves = pagesOf(path, 'message', 'leaf');
    assert.ok(leaves.length > 100);
    damage(path, [...leaves.slice(10, 13), leaves[50] ?? 0, leaves.at(-1) ?? 0]);
    damage(path, [leaves[70] ?? 0], 0);
    const { tables, pendings } = saved(path);
    const { saved: count = 0, lost } = tables.get('message') ?? {};
    assert.equal(count + (lost ?? 0), MESSAGES);
    assert.ok((lost ?? 0) > 5 && (lost ?? 0) < 200, `${lost} lost`);
    assert.equal(new Set(pendings.filter(({ type }) => type === 'chat').map(({ id }) => id)).size, count);
    for (const name of ['account', 'device', 'room', 'on_hold'])
      assert.equal(tables.get(name)?.lost, 0, name);
  });

  test('of a damaged page of accounts knows them by what was written to them', () => {
    const path = filled();
    damage(path, pagesOf(path, 'account', 'leaf'));
    const { tables, pendings } = saved(path);
    assert.equal(tables.get('message')?.lost, 0);
    assert.deepEqual(
      [...new Set(pendings.map(({ account }) => account))].sort(),
      Array.from({ length: ACCOUNTS }, (_, id) => user(id)).sort(),
    );
  });

  test('of a damaged page of devices owes to the account what was owed to them', () => {
    const path = filled();
    const db = new Database(path);
    db.exec('UPDATE message SET owed = 2 WHERE owed = 3'); // to the device alone
    db.close();
    damage(path, pagesOf(path, 'device', 'leaf'));
    const { tables, pendings } = saved(path);
    assert.equal(tables.get('device')?.saved, 0);
    assert.equal(pendings.filter(({ resource }) => resource === null).length, MESSAGES);
  });

  test('of damaged indexes loses nothing', () => {
    const path = filled();
    for (const name of ['message_expiry', 'account_message_young', 'sqlite_autoindex_account_1']) {
      damage(path, pagesOf(path, name, 'leaf').slice(0, 3));
    }
    const { tables } = saved(path);
    assert.equal(tables.get('message')?.saved, MESSAGES);
    assert.equal(tables.get('account')?.saved, ACCOUNTS);
  });

  test('of the pages that lead to all messages finds these all the same', () => {
    const path = filled();
    damage(path, pagesOf(path, 'message', 'internal'));
    const { tables } = saved(path);
    assert.deepEqual([tables.get('message')?.saved, tables.get('message')?.lost], [MESSAGES, 0]);
    assert.equal(tables.get('account')?.saved, ACCOUNTS);
  });

  test('finds nothing again that has gone: pages that are free are not searched', () => {
    const path = filled();
    const db = new Database(path);
    db.pragma('secure_delete = OFF');
    db.exec('DELETE FROM message WHERE id > 500');
    const left = db.prepare('SELECT count(*) FROM message').pluck().get();
    assert.ok(Number(db.pragma('freelist_count', { simple: true })) > 100);
    db.close();
    damage(path, pagesOf(path, 'message', 'internal'));
    assert.equal(saved(path).tables.get('message')?.saved, left);
  });

  test('of long messages finds all, which go over many pages', () => {
    const path = emptyFile(newPath());
    const db = openSpool(path);
    const long = Array.from({ length: 50 }, (_, at) =>
      message(at + 1, { payload: `<body>${'ö'.repeat(300 * at)}</body>` }),
    );
    new Spool(db, GENEROUS).apply(long.map(one => ({ do: 'store' as const, message: one })));
    db.pragma('journal_mode = DELETE');
    const before = db
      .prepare('SELECT id, payload, expires_at, means, held_until FROM message ORDER BY id')
      .all();
    db.close();
    damage(path, pagesOf(path, 'message', 'internal'));
    const file = newPath();
    salvage({ damaged: path, file, folder: `${file}.salvage` }, () => undefined);
    const after = new Database(file, { readonly: true });
    assert.deepEqual(
      after.prepare('SELECT id, payload, expires_at, means, held_until FROM message ORDER BY id').all(),
      before,
    );
    after.close();
  });

  test('of a file that was cut off saves what is before that', () => {
    const path = filled();
    const size = readFileSync(path).length;
    truncateSync(path, Math.floor(size / 2 / 4096) * 4096);
    const { tables } = saved(path);
    const count = tables.get('message')?.saved ?? 0;
    assert.ok(count > MESSAGES / 10 && count < MESSAGES, `${count} saved`);
  });

  test('of random damage, whatever it hits, makes a spool that is whole', () => {
    for (let seed = 1; seed <= tries(12); seed++) {
      const path = filled();
      const bytes = readFileSync(path);
      let state = seed;
      const random = (below: number) => {
        state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
        return state % below;
      };
      for (let hit = 0; hit < 40; hit++) bytes[4096 + random(bytes.length - 4096)] = random(256);
      writeFileSync(path, bytes);
      const { tables } = saved(path);
      assert.ok((tables.get('message')?.saved ?? 0) > 0.9 * MESSAGES, `seed ${seed}`);
    }
  });

  test('of a first page that is gone, or of what is no spool, saves nothing, and says so', () => {
    const path = filled();
    damage(path, [1]);
    const file = newPath();
    const into = { damaged: path, file, folder: `${file}.salvage` };
    assert.throws(() => salvage(into, () => undefined), /nothing can be read .* its first page is damaged/);
    const other = newPath();
    const db = new Database(other);
    db.exec('CREATE TABLE x (y)');
    db.close();
    assert.throws(() => salvage({ ...into, damaged: other }, () => undefined), /is no spool/);
  });
});
