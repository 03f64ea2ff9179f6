import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { SpoolClient } from '../../src/spool/client.js';
import type { Told } from '../../src/spool/evictions.js';
import { lockSpool } from '../../src/spool/lock.js';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { SpoolError } from '../../src/spool/open.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { Spool } from '../../src/spool/spool.js';
import { nextEvent } from '../wait.js';
import { arrival, LIMITS, message, newPath } from './opened.js';

/** A spool as an older respool left it. */
function older(path: string, version: number): Database.Database {
  const db = new Database(path);
  db.pragma(`application_id = ${0x7273706c}`);
  for (const step of MIGRATIONS.slice(0, version)) db.exec(step);
  db.pragma(`user_version = ${version}`);
  return db;
}

describe('the file', () => {
  test('belongs to its owner alone, is in WAL mode, and commits to the disk', () => {
    const path = newPath();
    writeFileSync(path, '', { mode: 0o644 });
    const db = openSpool(path);
    new Spool(db, LIMITS).apply([{ do: 'store', message: message(1) }]);
    for (const suffix of ['', '-wal', '-shm'])
      assert.equal(statSync(path + suffix).mode & 0o777, 0o600, suffix);
    assert.equal(db.pragma('journal_mode', { simple: true }), 'wal');
    assert.equal(db.pragma('synchronous', { simple: true }), 2);
    db.close();
  });

  test('of a newer schema, of another program, damaged, or not to be written: refused with what to do', () => {
    const newer = newPath();
    const db = openSpool(newer);
    db.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    db.close();
    assert.throws(() => openSpool(newer), /newer respool/);
    const other = newPath();
    new Database(other).exec('CREATE TABLE mine (id)').close();
    assert.throws(() => openSpool(other), /not a spool/);
    const damaged = newPath();
    writeFileSync(damaged, 'this is no database, but long enough to be read as the header of one'.repeat(20));
    assert.throws(
      () => openSpool(damaged),
      error => error instanceof SpoolError && /damaged/.test(error.message),
    );
    assert.throws(() => openSpool(join(damaged, 'spool.db')), SpoolError);
  });

  test('has one daemon at a time', async () => {
    const settings = { path: newPath(), limits: LIMITS };
    const first = await SpoolClient.open(settings);
    await assert.rejects(SpoolClient.open(settings), /another respool is running/);
    await first.close();
    await (await SpoolClient.open(settings)).close();
  });

  test('what was told is committed when it is closed, and answers reflect it', async () => {
    const settings = { path: newPath(), limits: LIMITS };
    const client = await SpoolClient.open(settings);
    client.tell(arrival());
    client.tell({ do: 'store', message: message(1) });
    assert.equal(await client.ask({ ask: 'owes', session: 1, at: 10_000 }), true);
    client.tell({ do: 'store', message: message(2) });
    await client.close();
    const db = new Database(settings.path, { readonly: true });
    assert.equal(db.prepare('SELECT count(*) FROM message').pluck().get(), 2);
    db.close();
  });

  test('says when more is told than it has written, and when it has', async () => {
    const settings = { path: newPath(), limits: { ...LIMITS, maxPerAccount: 100_000 } };
    const client = await SpoolClient.open(settings);
    const payload = `<body>${'x'.repeat(10_000)}</body>`;
    for (let id = 1; id <= 300; id++) client.tell({ do: 'store', message: message(id, { payload }) });
    assert.equal(client.isBehind, false, '3 MB');
    for (let id = 301; id <= 900; id++) client.tell({ do: 'store', message: message(id, { payload }) });
    assert.equal(client.isBehind, true, '9 MB');
    await client.ask({ ask: 'owes', session: 1, at: 1 });
    assert.equal(client.isBehind, false);
    await client.close();
    const db = new Database(settings.path, { readonly: true });
    const stored = db.prepare('SELECT identity FROM message ORDER BY id').pluck().all();
    assert.deepEqual(
      stored,
      Array.from({ length: 900 }, (_, n) => `identity ${n + 1}`),
    );
    db.close();
  });

  test('says whose messages were over a limit', async () => {
    const client = await SpoolClient.open({ path: newPath(), limits: { ...LIMITS, maxPerSender: 2 } });
    const evicted = nextEvent(client, 'evicted');
    for (let id = 1; id <= 5; id++) client.tell({ do: 'store', message: message(id) });
    const [{ bursts }] = (await evicted) as [Told];
    assert.deepEqual(
      bursts.map(({ owner, sender, messages }) => [owner, sender, messages]),
      [['bob@example.org', 'alice@example.org', 3]],
    );
    await client.close();
  });

  test('of a schema without sizes beside the order: what is there counts towards the limits', () => {
    const path = newPath();
    const before = older(path, 12);
    before.exec(`
      INSERT INTO account VALUES (1, 'bob@example.org', 1);
      INSERT INTO message (id, account, owed, sent, pushed, identity, sender, recipient, stanza_id, payload, received_at,
        stamp, expires_at, size) VALUES (1, 1, 1, 0, 0, 'i', 'eve@far.test/x', 'bob@example.org', 'id 1', 'x', 1, 1, 100, 5000);
      INSERT INTO counter VALUES ('last_message_id', 1)`);
    before.close();
    const db = openSpool(path);
    new Spool(db, { ...LIMITS, maxSizePerAccount: 5_000 }).apply([{ do: 'store', message: message(2) }]);
    assert.deepEqual(db.prepare('SELECT stanza_id FROM message').pluck().all(), ['id 2']);
    db.close();
  });

  test('of a schema that had one index for the order of messages: they are in their order still', async () => {
    const path = newPath();
    const before = older(path, 7);
    before.exec(`INSERT INTO account VALUES (1, 'bob@example.org', 1), (2, 'eve@example.org', 1)`);
    const insert = before.prepare(`
      INSERT INTO message (id, account, owed, sent, pushed, identity, sender, recipient, stanza_id, payload, received_at,
        stamp, expires_at, size) VALUES (?, ?, 1, 0, 0, '', '', '', ?, '', 0, 0, 1000, 0)`);
    for (const [id, account] of [
      [3, 2],
      [5, 1],
      [8, 1],
    ] as const)
      insert.run(id, account, `id ${id}`);
    before.exec("INSERT INTO counter VALUES ('last_message_id', 8)");
    before.close();
    const db = openSpool(path);
    const spool = new Spool(db, { ...LIMITS, maxPerAccount: 2 });
    spool.apply([{ do: 'store', message: message(9) }]);
    const ids = db.prepare('SELECT stanza_id FROM message ORDER BY id').pluck().all();
    assert.deepEqual(ids, ['id 3', 'id 8', 'id 9'], 'the oldest of the account went');
    assert.deepEqual(
      db.prepare('SELECT account, message FROM account_message ORDER BY message').raw().all(),
      [
        [2, 3],
        [1, 8],
        [1, 9],
      ],
    );
    db.close();
  });

  test('of an older schema is left as it is while another daemon has it', async () => {
    const path = newPath();
    const db = older(path, MIGRATIONS.length - 1);
    const unlock = lockSpool(path);
    await assert.rejects(SpoolClient.open({ path, limits: LIMITS }), /another respool is running/);
    assert.equal(db.pragma('user_version', { simple: true }), MIGRATIONS.length - 1);
    unlock();
    const client = await SpoolClient.open({ path, limits: LIMITS });
    assert.equal(db.pragma('user_version', { simple: true }), MIGRATIONS.length);
    await client.close();
    db.close();
  });

  test('whose thread ends of itself says so, answers nobody and can be closed', async () => {
    const settings = { path: newPath(), limits: LIMITS };
    const client = await SpoolClient.open(settings);
    const ended = nextEvent(client, 'ended');
    const other = new Database(settings.path);
    other.exec('ALTER TABLE account RENAME COLUMN jid TO name');
    client.tell({ do: 'store', message: message(1) });
    assert.equal(await client.ask({ ask: 'owes', session: 1, at: 1 }), undefined);
    assert.match(String(await ended), /no such column: jid/);
    assert.match(client.failure ?? '', /no such column/);
    assert.equal(await client.ask({ ask: 'owes', session: 1, at: 1 }), undefined);
    await client.close();
    other.close();
  });

  test('that another process holds is waited for, and nothing told meanwhile is lost', async () => {
    const settings = { path: newPath(), limits: LIMITS };
    const client = await SpoolClient.open(settings);
    client.tell(arrival());
    client.tell({ do: 'join', session: 1, room: 'garden@rooms', nick: 'bob', at: 1 });
    await client.ask({ ask: 'owes', session: 1, at: 1 });
    const other = new Database(settings.path);
    other.exec('BEGIN IMMEDIATE');
    const failing = nextEvent(client, 'failing');
    const said = (key: string) => ({
      key,
      ...message(1),
      from: 'garden@rooms/eve',
      archiveId: null,
      identity: 'same',
      retracts: null,
    });
    const hear = {
      do: 'hear',
      session: 1,
      group: 1,
      room: 'garden@rooms',
      way: 'live',
      stored: null,
      asked: true,
      at: 1,
    } as const;
    client.tell({ do: 'store', message: message(1) });
    client.tell({ ...hear, key: 'a', message: said('a') });
    await failing;
    client.tell({ do: 'store', message: message(2) });
    client.tell({ ...hear, key: 'b', message: said('b') });
    assert.match(client.failure ?? '', /locked/);
    const recovered = nextEvent(client, 'recovered');
    other.exec('ROLLBACK');
    await recovered;
    await client.close();
    assert.equal(other.prepare('SELECT count(*) FROM message').pluck().get(), 2);
    assert.equal(other.prepare('SELECT count(*) FROM room_message').pluck().get(), 2);
    other.close();
  });

  test('that another process writes to for a moment is waited for, without a failure', async () => {
    const settings = { path: newPath(), limits: LIMITS };
    const client = await SpoolClient.open(settings);
    client.on('failing', reason => assert.fail(reason));
    const other = new Database(settings.path);
    other.exec("BEGIN IMMEDIATE; INSERT INTO counter VALUES ('other', 1)");
    client.tell({ do: 'store', message: message(1) });
    setTimeout(() => other.exec('COMMIT'), 300);
    await client.ask({ ask: 'owes', session: 1, at: 1 });
    await client.close();
    assert.equal(other.prepare('SELECT count(*) FROM message').pluck().get(), 1);
    other.close();
  });
});
