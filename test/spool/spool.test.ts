import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { SpoolClient } from '../../src/spool/client.js';
import type { NewMessage } from '../../src/spool/command.js';
import { lockSpool } from '../../src/spool/lock.js';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { openSpool, SpoolError } from '../../src/spool/open.js';
import { Spool, type SpoolLimits } from '../../src/spool/spool.js';
import { nextEvent } from '../wait.js';

const folder = mkdtempSync(join(tmpdir(), 'respool-spool-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(folder, `${++files}.db`);

const LIMITS: SpoolLimits = {
  maxPerAccount: 100,
  maxSize: 1 << 30,
  devices: { sync: true, forgetAfter: 1000, maxPerAccount: 10 },
  rooms: { replay: true, maxAge: 1000, maxPerRoom: 10 },
};

function message(id: number, changes: Partial<NewMessage> = {}): NewMessage {
  return {
    account: 'bob@example.org',
    sentBy: null,
    room: null,
    identity: `identity ${id}`,
    from: 'alice@example.org/pc',
    to: 'bob@example.org',
    type: 'chat',
    stanzaId: `id ${id}`,
    lang: null,
    payload: '<body>hush</body>',
    receivedAt: id,
    stamp: id,
    expiresAt: 1_000_000,
    ...changes,
  };
}

/** A spool as an older respool left it. */
function older(path: string, version: number): Database.Database {
  const db = new Database(path);
  db.pragma(`application_id = ${0x7273706c}`);
  for (const step of MIGRATIONS.slice(0, version)) db.exec(step);
  db.pragma(`user_version = ${version}`);
  return db;
}

function opened(limits: Partial<SpoolLimits> = {}) {
  const db = openSpool(newPath());
  const spool = new Spool(db, { ...LIMITS, ...limits });
  const store = (...messages: NewMessage[]) =>
    spool.apply(messages.map(one => ({ do: 'store', message: one }) as const));
  const ids = () => db.prepare('SELECT stanza_id FROM message ORDER BY id').pluck().all();
  const counter = (name: string) => db.prepare('SELECT value FROM counter WHERE name = ?').pluck().get(name);
  const undelivered = () => db.prepare('SELECT stanza_id, outcome FROM undelivered ORDER BY id').raw().all();
  return { db, spool, store, ids, counter, undelivered };
}

describe('limits', () => {
  test('max_per_account: the oldest of the account go first, counted, and can be looked up', () => {
    const { store, ids, counter, undelivered } = opened({ maxPerAccount: 3 });
    store(...[1, 2, 3, 4, 5].map(id => message(id)), message(6, { account: 'eve@example.org' }));
    assert.deepEqual(ids(), ['id 3', 'id 4', 'id 5', 'id 6']);
    assert.deepEqual([counter('evicted'), counter('pending')], [2, 4]);
    assert.deepEqual(undelivered(), [
      ['id 1', 'evicted'],
      ['id 2', 'evicted'],
    ]);
  });

  test('max_per_account holds for what was there before a start, and the domain is counted on', () => {
    const { db, store, ids, counter } = opened({ maxPerAccount: 3 });
    store(...[1, 2].map(id => message(id)));
    const again = new Spool(db, { ...LIMITS, maxPerAccount: 3 });
    again.apply([3, 4, 5].map(id => ({ do: 'store', message: message(id) }) as const));
    assert.deepEqual(ids(), ['id 3', 'id 4', 'id 5']);
    assert.equal(counter('domain.example.org'), 3);
  });

  test('expiry: what has lived its time is swept, and is not replayed before', () => {
    const { spool, store, ids, counter } = opened();
    store(message(1, { expiresAt: 50 }), message(2));
    spool.apply([
      {
        do: 'arrive',
        session: 1,
        account: 'bob@example.org',
        resource: 'phone',
        device: true,
        priority: 0,
        anew: true,
        at: 60,
      },
    ]);
    spool.apply([
      { do: 'mark', session: 1, ping: 1 },
      { do: 'prove', session: 1, ping: 1, groups: [], at: 60, took: 1 },
    ]);
    const [chunks] = spool.apply([{ ask: 'take', session: 1, groups: [1, 2], limit: 10, at: 60 }]);
    assert.deepEqual(
      (chunks as { stanzaId: string }[][]).map(chunk => chunk.map(({ stanzaId }) => stanzaId)),
      [['id 2']],
    );
    spool.apply([{ do: 'sweep', at: 60 }]);
    assert.deepEqual([ids(), counter('expired')], [['id 2'], 1]);
  });

  test('a replay goes over what the device has had, however much that is', () => {
    const { spool, store } = opened();
    store(...Array.from({ length: 30 }, (_, n) => message(n + 1)));
    const bob = { account: 'bob@example.org', device: true, priority: 0, anew: true, at: 6 };
    const prove = (session: number, groups: number[]) => {
      const ping = groups.length + 1;
      spool.apply([
        { do: 'mark', session, ping },
        { do: 'prove', session, ping, groups, at: 6, took: 1 },
      ]);
    };
    const take = (session: number, group: number, limit: number) => {
      const [chunks] = spool.apply([{ ask: 'take', session, groups: [group], limit, at: 6 }]);
      return (chunks as { stamp: number }[][]).flatMap(chunk => chunk.map(({ stamp }) => stamp));
    };
    spool.apply([
      { do: 'arrive', session: 1, resource: 'phone', ...bob },
      { do: 'arrive', session: 2, resource: 'desk', ...bob },
    ]);
    store(...Array.from({ length: 30 }, (_, n) => message(n + 31)));
    prove(1, []);
    assert.equal(take(1, 1, 50).length, 50);
    prove(1, [1]);
    spool.apply([
      { do: 'leave', session: 1, at: 6 },
      { do: 'arrive', session: 3, resource: 'phone', ...bob },
    ]);
    prove(3, []);
    assert.deepEqual(take(3, 2, 4), [51, 52, 53, 54], 'the desk is owed 31 to 50 still');
    assert.deepEqual(take(3, 3, 4), [55, 56, 57, 58]);
  });

  test('what is to be dropped is of the account that is named, or stays', () => {
    const { spool, store, ids, counter } = opened();
    store(message(1), message(2, { account: 'eve@example.org' }));
    const drop = (id: number, account: string) =>
      spool.apply([{ ask: 'drop-pendings', pendings: [[id, account, null]], at: 6 }]);
    assert.deepEqual(drop(1, 'eve@example.org'), [0]);
    assert.deepEqual([ids(), counter('pending')], [['id 1', 'id 2'], 2]);
    assert.deepEqual(drop(2, 'eve@example.org'), [1]);
    assert.deepEqual([ids(), counter('pending')], [['id 1'], 1]);
  });

  test('so much that most is old: it is replayed in order, and goes with the last device that lacks it', () => {
    const { db, spool, counter } = opened({ maxPerAccount: 100_000 });
    const bob = { account: 'bob@example.org', device: true, priority: 0, anew: true, at: 6 };
    const parts = () =>
      db
        .prepare(`
      SELECT (SELECT count(*) FROM account_message_young), (SELECT count(*) FROM account_message_old),
        (SELECT count(*) FROM message)`)
        .raw()
        .get();
    spool.apply([
      { do: 'arrive', session: 1, resource: 'phone', ...bob },
      { do: 'arrive', session: 2, resource: 'desk', ...bob },
    ]);
    for (let id = 0; id < 41_000; id += 1_000) {
      const batch = Array.from({ length: 1_000 }, (_, n) => message(id + n + 1));
      spool.apply(batch.map(one => ({ do: 'store', message: one }) as const));
    }
    for (let n = 0; n < 50; n++) spool.apply([]);
    spool.apply([{ do: 'store', message: message(41_001) }]);
    assert.deepEqual(parts(), [1, 41_000, 41_001]);
    spool.apply([
      { do: 'mark', session: 1, ping: 1 },
      { do: 'prove', session: 1, ping: 1, groups: [], at: 6, took: 1 },
    ]);
    const [chunks] = spool.apply([{ ask: 'take', session: 1, groups: [1], limit: 50_000, at: 6 }]);
    const [chunk = []] = chunks as { stamp: number }[][];
    assert.equal(chunk.length, 41_001);
    assert.ok(chunk.every(({ stamp }, index) => stamp === index + 1));
    spool.apply([{ do: 'prove', session: 1, ping: 2, groups: [1], at: 6, took: 1 }]);
    assert.deepEqual(parts(), [1, 41_000, 41_001], 'the desk has none of it');
    spool.apply([{ ask: 'forget', account: bob.account, resource: 'desk' }]);
    assert.deepEqual([parts(), counter('pending')], [[0, 0, 0], 0]);
  });

  test('a replay is taken in chunks, oldest first, and the last may be shorter', () => {
    const { spool, store } = opened();
    store(...[1, 2, 3, 4, 5].map(id => message(id)));
    const bob = {
      account: 'bob@example.org',
      resource: 'phone',
      device: true,
      priority: 0,
      anew: true,
      at: 6,
    };
    spool.apply([
      { do: 'arrive', session: 1, ...bob },
      { do: 'mark', session: 1, ping: 1 },
      { do: 'prove', session: 1, ping: 1, groups: [], at: 6, took: 1 },
    ]);
    const take = (...groups: number[]) => {
      const [chunks] = spool.apply([{ ask: 'take', session: 1, groups, limit: 2, at: 6 }]);
      return (chunks as { stamp: number }[][]).map(chunk => chunk.map(({ stamp }) => stamp));
    };
    assert.deepEqual(take(1), [[1, 2]]);
    assert.deepEqual(take(2, 3, 4), [[3, 4], [5]]);
    assert.deepEqual(take(5, 6), []);
    spool.apply([{ do: 'release', session: 1, groups: [1] }]);
    assert.deepEqual(take(7, 8), [[1, 2]]);
  });

  test('max_size: the oldest of all accounts go until the rest fits', () => {
    const { spool, store, ids, counter } = opened({ maxSize: 400_000, maxPerAccount: 10_000 });
    const payload = `<body>${'x'.repeat(1000)}</body>`;
    store(...[...Array(1000).keys()].map(id => message(id, { payload, account: `u${id % 10}@example.org` })));
    spool.apply([{ do: 'sweep', at: 1 }]);
    const left = ids();
    assert.ok(left.length > 0 && left.length < 400, `${left.length} left`);
    assert.equal(left.at(-1), 'id 999');
    assert.equal(counter('evicted'), 1000 - left.length);
  });

  test('a device not seen for long is forgotten, with what was owed to it alone', () => {
    const { spool, store, ids, counter } = opened();
    spool.apply([
      {
        do: 'arrive',
        session: 1,
        account: 'bob@example.org',
        resource: 'phone',
        device: true,
        priority: 0,
        anew: true,
        at: 0,
      },
      {
        do: 'arrive',
        session: 2,
        account: 'bob@example.org',
        resource: 'laptop',
        device: true,
        priority: 0,
        anew: true,
        at: 0,
      },
      { do: 'leave', session: 1, at: 0 },
    ]);
    store(message(1));
    const hand = {
      do: 'hand',
      session: 2,
      group: 1,
      account: 'bob@example.org',
      identity: 'identity 1',
      way: 'live',
    } as const;
    spool.apply([
      { ...hand, message: null, fresh: false },
      { do: 'prove', session: 2, ping: 1, groups: [1], at: 1, took: 1 },
    ]);
    assert.deepEqual(ids(), ['id 1']);
    spool.apply([{ do: 'sweep', at: 2000 }]);
    assert.deepEqual([ids(), counter('pending')], [[], 0]);
  });
});

describe('devices', () => {
  const arrive = (session: number, resource: string, at: number) =>
    ({
      do: 'arrive',
      session,
      account: 'bob@example.org',
      resource,
      device: true,
      priority: 0,
      anew: true,
      at,
    }) as const;
  const members = 'SELECT resource FROM room_member AS member JOIN device ON device.id = member.device';

  test('one that is forgotten belongs to no room and is owed nothing, though its session goes on', () => {
    const { db, spool, store, ids } = opened();
    spool.apply([
      arrive(1, 'phone', 1),
      { do: 'join', session: 1, room: 'r@conference.example.org', nick: 'bob', at: 0 },
    ]);
    store(message(1));
    assert.deepEqual(db.prepare(members).pluck().all(), ['phone']);
    assert.deepEqual(spool.apply([{ ask: 'forget', account: 'bob@example.org', resource: 'phone' }]), [true]);
    assert.deepEqual(spool.apply([{ ask: 'forget', account: 'bob@example.org', resource: 'phone' }]), [
      false,
    ]);
    assert.deepEqual(
      [db.prepare(members).pluck().all(), ids()],
      [[], ['id 1']],
      'the account is still owed it',
    );
    spool.apply([{ do: 'leave', session: 1, at: 2 }]);
  });

  test('is looked for after a start where it was online or is owed a message, and is not where it got all', () => {
    const { db, spool, store } = opened();
    const [bob, eve] = ['bob@example.org', 'eve@example.org'];
    const arrive = { do: 'arrive', resource: 'phone', device: true, priority: 0, anew: true, at: 1 } as const;
    spool.apply([
      { ...arrive, session: 1, account: bob },
      { ...arrive, session: 2, account: eve },
    ]);
    const leave = (session: number) => spool.apply([{ do: 'leave', session, at: 2 }]);
    const absent = () => {
      const [found] = new Spool(db, LIMITS).apply([{ ask: 'absent', after: 0, rows: 10 }]);
      return (found as { devices: { jid: string }[] }).devices.map(({ jid }) => jid);
    };
    assert.deepEqual(absent(), [`${bob}/phone`, `${eve}/phone`]);
    leave(2);
    store(message(1));
    const hand = {
      do: 'hand',
      session: 1,
      group: 1,
      account: bob,
      identity: 'identity 1',
      way: 'live',
    } as const;
    spool.apply([{ ...hand, fresh: false, message: null }]);
    leave(1);
    assert.deepEqual(absent(), [`${bob}/phone`], 'owed a message');
    spool.apply([
      { ...arrive, session: 3, account: bob },
      { ...hand, session: 3, fresh: false, message: null },
      { do: 'mark', session: 3, ping: 1 },
      { do: 'prove', session: 3, ping: 1, groups: [1], at: 3, took: 1 },
    ]);
    leave(3);
    assert.deepEqual(absent(), [`${bob}/phone`], 'its row says so for a while');
    spool.apply([{ do: 'sweep', at: 4 }]);
    assert.deepEqual(absent(), []);
    store(message(2));
    assert.deepEqual(absent(), [`${bob}/phone`]);
  });

  test('is looked for where its account has the id of one that is gone', () => {
    const { db, spool, store } = opened();
    const eve = 'eve@example.org';
    const arrive = { do: 'arrive', resource: '17', device: false, priority: 0, anew: true, at: 1 } as const;
    store(message(1));
    const hand = { do: 'hand', session: 1, group: 1, identity: 'identity 1', way: 'live' } as const;
    spool.apply([
      { ...arrive, session: 1, account: 'bob@example.org' },
      { ...hand, account: 'bob@example.org', fresh: false, message: null },
      { do: 'mark', session: 1, ping: 1 },
      { do: 'prove', session: 1, ping: 1, groups: [1], at: 3, took: 1 },
    ]);
    spool.apply([{ do: 'leave', session: 1, at: 3 }]);
    spool.apply([{ ...arrive, session: 2, account: eve, resource: 'phone', device: true }]);
    store(message(2, { account: eve }));
    spool.apply([
      { do: 'leave', session: 2, at: 4 },
      { do: 'sweep', at: 4 },
    ]);
    assert.deepEqual(db.prepare('SELECT id, jid, has_messages FROM account').raw().all(), [[1, eve, 1]]);
  });

  test('one that is crowded out belongs to no room either', () => {
    const { db, spool } = opened({ devices: { sync: true, forgetAfter: 1000, maxPerAccount: 1 } });
    spool.apply([
      arrive(1, 'phone', 1),
      { do: 'join', session: 1, room: 'r@conference.example.org', nick: 'bob', at: 0 },
    ]);
    const laptop = 'laptop.p9C0wuk2ya'; // of Bind2, so a device at once
    spool.apply([{ do: 'leave', session: 1, at: 2 }, arrive(3, 'phone', 2)]);
    spool.apply([{ do: 'leave', session: 3, at: 2 }, arrive(2, laptop, 3)]);
    assert.deepEqual(db.prepare('SELECT resource, slot FROM device').raw().all(), [[laptop, 1]]);
    assert.deepEqual(db.prepare(members).pluck().all(), []);
  });
});

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
    client.tell({
      do: 'arrive',
      session: 1,
      account: 'bob@example.org',
      resource: 'phone',
      device: true,
      priority: 0,
      anew: true,
      at: 1,
    });
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
    const device = {
      account: 'bob@example.org',
      resource: 'phone',
      device: true,
      priority: 0,
      anew: true,
      at: 1,
    };
    client.tell({ do: 'arrive', session: 1, ...device });
    client.tell({ do: 'join', session: 1, room: 'garden@rooms', nick: 'bob', at: 1 });
    await client.ask({ ask: 'owes', session: 1, at: 1 });
    const other = new Database(settings.path);
    other.exec('BEGIN IMMEDIATE');
    const failing = nextEvent(client, 'failing');
    const said = (key: string) => ({ key, ...message(1), from: 'garden@rooms/eve', archiveId: null });
    const hear = { do: 'hear', session: 1, group: 1, room: 'garden@rooms', way: 'live', at: 1 } as const;
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
