import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Command } from '../../src/spool/command.js';
import type { NewMessage, RemoteMessage } from '../../src/spool/content.js';
import { oldestOfMost } from '../../src/spool/oldest-of-most.js';
import { arrival, heard, LIMITS, message, opened } from './opened.js';

const KB = 1_000;
const MAX_SIZE = 1_000 * KB;
const GENEROUS = { ...LIMITS, maxPerAccount: 100_000 };
const ROOM = 'flood@conference.example.org';

const bodyOf = (size: number) => `<body>${'x'.repeat(size)}</body>`;
const big = (id: number, changes: Partial<NewMessage> = {}) =>
  message(id, { payload: bodyOf(KB), ...changes });

/** What somebody says in a room where bob's phone is. */
function said(id: number, nick: string, size: number): Command {
  return heard(id, ROOM, { from: `${ROOM}/${nick}`, stanzaId: null, payload: bodyOf(size) });
}

/** What a local user writes to another server. */
function written(id: number, account: string, domain: string): Command {
  const remote: RemoteMessage = {
    ...{
      account,
      domain,
      recipientAccount: `zoe@${domain}`,
      identity: `${id}`,
      content: `${id}`,
      originId: null,
      refersTo: null,
    },
    ...{ from: `${account}/pc`, to: `zoe@${domain}`, type: 'chat', stanzaId: `id ${id}`, lang: null },
    ...{ payload: bodyOf(KB), receivedAt: id, stamp: id, expiresAt: 1_000_000 },
  };
  return { do: 'remote-sent', message: remote };
}

/** A small spool that is full. */
function small() {
  const it = opened({ maxSize: MAX_SIZE, maxPerAccount: 100_000 });
  const all = (sql: string) => it.db.prepare(sql).pluck().all();
  const size = () =>
    Number(it.db.pragma('page_size', { simple: true })) *
    (it.db
      .prepare('SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count')
      .pluck()
      .get() as number);
  return { ...it, all, size };
}

describe('max_size', () => {
  test("of users: the oldest of the sender that has most with the account that has most, nobody else's", () => {
    const { store, ids, size, counter, spool } = small();
    store(
      big(1),
      big(2, { account: 'eve@example.org' }),
      big(3, { account: 'eve@example.org', from: 'mallory@far/x' }),
    );
    for (let id = 4; id < 2_000; id += 100) {
      store(...Array.from({ length: 100 }, (_, n) => big(id + n, { account: 'eve@example.org' })));
      assert.ok(size() <= MAX_SIZE, `${size()} after ${id}`);
    }
    const left = ids();
    assert.deepEqual([left[0], left[1], left.at(-1)], ['id 1', 'id 3', 'id 2003']);
    assert.equal(counter('evicted'), 2_003 - left.length);
    const told = spool.takeEvictions();
    assert.deepEqual(
      told?.bursts.map(({ quota, owner, sender, messages }) => [quota, owner, sender, messages]),
      [['max_size', 'eve@example.org', 'alice@example.org', 2_003 - left.length]],
    );
    assert.equal(spool.takeEvictions(), null);
  });

  test('rooms: 300 of one occupant cost neither a user nor another occupant anything', () => {
    const { spool, store, ids, all, size } = small();
    spool.apply([arrival(), { do: 'join', session: 1, room: ROOM, nick: 'bob', at: 1 }]);
    store(big(1));
    spool.apply([said(2, 'carol', KB)]);
    for (let id = 3; id < 303; id++) {
      spool.apply([said(id, 'mallory', 100 * KB)]);
      assert.ok(size() <= MAX_SIZE, `${size()} after ${id}`);
    }
    assert.deepEqual(ids(), ['id 1']);
    const left = all('SELECT sender FROM room_message ORDER BY id') as string[];
    assert.ok(left.length > 2 && left.length < 10, `${left.length} left`);
    assert.equal(left[0], `${ROOM}/carol`);
    const lines = all("SELECT count(*) FROM undelivered WHERE outcome = 'evicted'");
    assert.deepEqual(lines, [301 - left.length]);
    assert.equal(spool.takeEvictions()?.bursts[0]?.owner, ROOM);
  });

  test('who has less than his share loses nothing, though he has more than what grows', () => {
    const { spool, store, ids, size } = small();
    spool.apply([arrival(), { do: 'join', session: 1, room: ROOM, nick: 'bob', at: 1 }]);
    store(...Array.from({ length: 250 }, (_, n) => big(n, { account: `u${n}@example.org` })));
    for (let id = 300; id < 1_500; id += 100) {
      spool.apply(Array.from({ length: 100 }, (_, n) => said(id + n, 'mallory', KB)));
      assert.ok(size() <= MAX_SIZE, `${size()} after ${id}`);
    }
    assert.equal(ids().length, 250);
  });

  test('other servers: of the domain that has most, the writer that has most', () => {
    const { spool, store, ids, all, size } = small();
    store(big(1));
    spool.apply([written(2, 'bob@example.org', 'far.test'), written(3, 'bob@example.org', 'flood.test')]);
    for (let id = 4; id < 2_000; id += 100) {
      spool.apply(Array.from({ length: 100 }, (_, n) => written(id + n, 'eve@example.org', 'flood.test')));
      assert.ok(size() <= MAX_SIZE, `${size()} after ${id}`);
    }
    assert.deepEqual(ids(), ['id 1']);
    assert.deepEqual(all('SELECT stanza_id FROM remote_message ORDER BY id LIMIT 2'), ['id 2', 'id 3']);
  });

  test('lines about the undelivered: the oldest', () => {
    const { spool, store, ids, all, size } = small();
    const long = 'i'.repeat(KB);
    const eve = { account: 'eve@example.org', from: `${long}@${long}/${long}` };
    store(big(1));
    for (let id = 2; id < 802; id += 10) {
      store(...Array.from({ length: 10 }, (_, n) => message(id + n, eve)));
      spool.apply([{ ask: 'drop', account: eve.account, at: id, limit: 10 }]);
      assert.ok(size() <= MAX_SIZE, `${size()} after ${id}`);
    }
    assert.deepEqual(ids(), ['id 1']);
    const left = all('SELECT received_at FROM undelivered ORDER BY id') as number[];
    assert.ok(left.length > 30 && left.length < 400, `${left.length} left`);
    assert.deepEqual([left[0], left.at(-1)], [802 - left.length, 801]);
  });

  test('a limit that is lowered: what is over goes bit by bit, and each batch does a bounded part of it', () => {
    const { spool, store, size, all } = small();
    spool.limit({ ...GENEROUS, maxSize: 1 << 30 });
    store(...Array.from({ length: 8_000 }, (_, n) => message(n, { account: `u${n % 100}@example.org` })));
    spool.limit({ ...GENEROUS, maxSize: MAX_SIZE });
    let before = 8_000;
    for (let batches = 0; size() > MAX_SIZE; batches++) {
      assert.ok(batches < 20);
      spool.apply([{ do: 'sweep', at: 1 }]);
      const [left] = all('SELECT count(*) FROM message') as [number];
      assert.ok(before - left <= 2_000 && left < before, `${before - left} with one batch`);
      before = left;
    }
  });
});

describe('who has most', () => {
  const held = (...senders: [string, number][]) =>
    senders.map(([sender, size], id) => ({ id, sender, size }));

  test('is told by bytes, and loses no more than is asked for, but one message at least', () => {
    const many = held(['a', 10], ['b', 1_000], ['a', 10], ['b', 1_000]);
    const chosen = (bytes: number) => oldestOfMost(many, bytes).map(({ id }) => id);
    assert.deepEqual([chosen(1), chosen(1_201), chosen(1_000_000)], [[1], [1, 3], [1, 3]]);
    assert.deepEqual(oldestOfMost([], 1), []);
  });
});
