import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evictionLines } from '../../src/daemon/eviction-lines.js';
import type { Command } from '../../src/spool/command.js';
import type { RemoteMessage } from '../../src/spool/content.js';
import { arrival, heard, LIMITS, opened } from './opened.js';

const KB = 1_000;
const MIB = 1 << 20;
const ROOM = 'flood@conference.example.org';
/** A room and another server may have 1 MiB of it, a device 2 MiB in all of its rooms. */
const MAX_SIZE = 32 * MIB;
const rooms = { ...LIMITS.rooms, maxPerRoom: 100_000 };

const bodyOf = (size: number) => `<body>${'x'.repeat(size)}</body>`;
const join = (session: number, room: string): Command => ({
  ...{ do: 'join', session, room, nick: `n${session}`, at: 1 },
});
/** Somebody says something in a room where a session is. */
function said(id: number, nick: string, size: number, room = ROOM, session = 1): Command {
  const key = `key ${id}`;
  return heard(id, room, { identity: key, from: `${room}/${nick}`, payload: bodyOf(size) }, { session });
}

function sharing(maxPerRoom = rooms.maxPerRoom) {
  const it = opened({ maxSize: MAX_SIZE, rooms: { ...rooms, maxPerRoom } });
  const all = (sql: string) => it.db.prepare(sql).pluck().all();
  const told = () =>
    evictionLines(it.spool.takeEvictions() ?? { bursts: [], others: { messages: 0, size: 0 } });
  /** Of the room messages that are left, the senders' nicks, each once. */
  const nicks = () =>
    all("SELECT DISTINCT substr(sender, instr(sender, '/') + 1) FROM room_message ORDER BY 1");
  return { ...it, all, told, nicks };
}

describe('a room', () => {
  test('has so many messages at most: what goes is of who said most there, and is told', () => {
    const { spool, counter, told, nicks, all } = sharing(100);
    spool.apply([arrival(), join(1, ROOM), said(1, 'carol', 10), said(2, 'dan', 10)]);
    for (let id = 3; id < 1_003; id += 10) {
      spool.apply(Array.from({ length: 10 }, (_, n) => said(id + n, 'mallory', 1)));
      const [count] = all('SELECT count(*) FROM room_message') as [number];
      assert.ok(count <= 100, `${count} after ${id}`);
    }
    const [left] = all('SELECT count(*) FROM room_message') as [number];
    assert.ok(left > 90, `${left} left`);
    assert.deepEqual(nicks(), ['carol', 'dan', 'mallory']);
    assert.equal(counter('evicted'), 1_002 - left);
    assert.match(
      told().join(),
      new RegExp(
        `^evicted ${1_002 - left} messages \\(.*\\) from ${ROOM}/mallory to ${ROOM}: over rooms.max_per_room$`,
      ),
    );
  });

  test('has so many bytes at most: what goes is of who said most there, and is told', () => {
    const { spool, counter, told, nicks, all } = sharing();
    spool.apply([arrival(), join(1, ROOM), said(1, 'carol', KB)]);
    for (let id = 2; id < 62; id++) spool.apply([said(id, 'mallory', 100 * KB)]);
    const [size] = all('SELECT sum(size) FROM room_message') as [number];
    assert.ok(size <= MIB && size > MIB - 200 * KB, `${size}`);
    assert.deepEqual(nicks(), ['carol', 'mallory']);
    assert.ok(Number(counter('evicted')) > 45);
    assert.match(
      told().join(),
      /^evicted \d+ messages \(.*\) from .*\/mallory to .*: over the part of spool\.max_size that one room may have/,
    );
  });

  test('is held to a limit that was lowered with the next batch', () => {
    const { spool, all } = sharing();
    spool.apply([arrival(), join(1, ROOM), ...Array.from({ length: 50 }, (_, n) => said(n, 'carol', 1))]);
    spool.limit({ ...LIMITS, rooms: { ...rooms, maxPerRoom: 5 } });
    spool.apply([{ do: 'sweep', at: 60 }]);
    assert.deepEqual(all('SELECT stanza_id FROM room_message'), [
      'id 45',
      'id 46',
      'id 47',
      'id 48',
      'id 49',
    ]);
  });
});

describe('a device', () => {
  const CAROL = { ...arrival({ session: 2, account: 'carol@example.org' }) };

  test('is owed so much at most in all of its rooms; who shares a room with it loses nothing', () => {
    const { spool, told, all, counter } = sharing();
    const own = [1, 2, 3].map(n => `own${n}@conference.example.org`);
    spool.apply([arrival(), CAROL, ...[ROOM, ...own].map(room => join(1, room)), join(2, ROOM)]);
    for (let id = 1; id <= 9; id++) spool.apply([said(id, 'dan', 100 * KB)]);
    for (let id = 10; id < 40; id++) {
      spool.apply([said(id, 'mallory', 100 * KB, own[id % 3])]);
      spool.apply([{ do: 'sweep', at: id }]);
    }
    const owed = (account: string) =>
      all(`SELECT coalesce(sum(said.size), 0) FROM room_message AS said
        JOIN room_member AS member ON member.room = said.room AND cursor < said.id
        JOIN device ON device.id = device JOIN account ON account.id = account
        WHERE jid = '${account}' AND NOT EXISTS
          (SELECT 1 FROM room_proved WHERE member = member.id AND message = said.id)`)[0] as number;
    assert.ok(
      owed('bob@example.org') <= 2 * MIB && owed('bob@example.org') > MIB,
      `${owed('bob@example.org')}`,
    );
    assert.ok(owed('carol@example.org') > 900 * KB, 'hers are all there');
    assert.ok(Number(counter('evicted')) > 15);
    assert.match(
      told().join('\n'),
      /evicted \d+ messages \(.*\) from .* to bob@example.org\/phone: over the part of spool\.max_size that one device may be owed in its rooms/,
    );
  });

  test('belongs to 500 rooms at most: those that it joined first go, and it is told', () => {
    const { spool, told, all } = sharing();
    spool.apply([arrival(), ...Array.from({ length: 600 }, (_, n) => join(1, `r${n}@evil.test`))]);
    assert.deepEqual(all('SELECT count(*) FROM room_member'), [500]);
    assert.deepEqual(told(), [
      'forgot 100 rooms of bob@example.org/phone: over the rooms that a device may have',
    ]);
    spool.apply([{ do: 'sweep', at: 2 }]);
    assert.deepEqual(all('SELECT min(jid) FROM room'), ['r100@evil.test']);
    assert.deepEqual(all('SELECT count(*) FROM room'), [500]);
  });
});

test('another server has so many bytes at most: what goes is of who wrote most to it, and is told', () => {
  const { spool, told, all } = sharing();
  const written = (id: number, account: string, domain: string): Command => {
    const common = { stamp: id, receivedAt: id, expiresAt: 1_000_000, type: 'chat', lang: null };
    const message: RemoteMessage = {
      ...{ ...common, account, domain, recipientAccount: `zoe@${domain}`, originId: null, refersTo: null },
      ...{ identity: `${id}`, content: `${id}`, from: `${account}/pc`, to: `zoe@${domain}` },
      ...{ stanzaId: `id ${id}`, payload: bodyOf(100 * KB) },
    };
    return { do: 'remote-sent', message };
  };
  spool.apply([written(1, 'bob@example.org', 'far.test'), written(2, 'bob@example.org', 'flood.test')]);
  for (let id = 3; id < 63; id++) spool.apply([written(id, 'eve@example.org', 'flood.test')]);
  const [size] = all("SELECT sum(size) FROM remote_message WHERE domain = 'flood.test'") as [number];
  assert.ok(size <= MIB && size > MIB - 200 * KB, `${size}`);
  assert.deepEqual(all('SELECT stanza_id FROM remote_message ORDER BY id LIMIT 2'), ['id 1', 'id 2']);
  assert.match(
    told().join(),
    /^evicted 5\d messages \(.*\) from eve@example.org to flood.test: over the part of spool\.max_size that one server may have/,
  );
});
