import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from '../../src/spool/command.js';
import { arrival, heard, message, opened } from '../spool/opened.js';

const MAX_SIZE = 16 << 20;
/** What one batch may bring. */
const BATCH = 2 << 20;
const ROOM = 'flood@conference.example.org';

/** What comes as number `id`: most of it small, of thousands of accounts, in a room and to other servers. */
function flooded(id: number): Command {
  const text = `<body>${'x'.repeat(id % 50 === 0 ? 20_000 : 100)}</body>`;
  const common = { payload: text, receivedAt: id, stamp: id, expiresAt: 1e12 };
  const [account, domain] = [`u${id % 2_000}@example.org`, `far${id % 7}.test`];
  if (id % 4 === 1) {
    return heard(id, ROOM, { ...common, from: `${ROOM}/nick${id % 3}` });
  }
  const changes = { ...common, account, from: `spam${id % 500}@far.test/x`, to: account };
  if (id % 4 !== 2) return { do: 'store', message: message(id, changes) };
  const {
    room: _,
    sentBy: __,
    ...written
  } = message(id, { ...changes, from: `${account}/pc`, to: `z@${domain}` });
  const remote = { domain, recipientAccount: `z@${domain}`, content: `${id}`, originId: null };
  return { do: 'remote-sent', message: { ...written, ...remote } };
}

test('a flood of 200 000 messages of all kinds: the spool is never above its ceiling', () => {
  const { db, spool, ids } = opened({ maxSize: MAX_SIZE, maxPerAccount: 10_000 });
  const pages = db
    .prepare<[], number>('SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count')
    .pluck();
  spool.apply([arrival(), { do: 'join', session: 1, room: ROOM, nick: 'bob', at: 1 }]);
  spool.apply([{ do: 'store', message: message(0) }]);
  const took: number[] = [];
  for (let id = 1; id <= 200_000; id += 1_000) {
    const batch = Array.from({ length: 1_000 }, (_, n) => flooded(id + n));
    const began = performance.now();
    spool.apply(batch);
    took.push(performance.now() - began);
    const size = (pages.get() ?? 0) * 4096;
    assert.ok(size <= MAX_SIZE, `${size} after ${id}`);
  }
  db.pragma('wal_checkpoint(TRUNCATE)');
  assert.ok(statSync(db.name).size <= MAX_SIZE + BATCH, `a file of ${statSync(db.name).size}`);
  assert.equal(ids()[0], 'id 0', 'the one message of bob is of nobody who has much');
  took.sort((one, other) => one - other);
  const [median, longest] = [took[took.length >> 1] ?? 0, took.at(-1) ?? 0];
  process.stdout.write(
    `a batch of 1 000 took ${median.toFixed(0)} ms, the longest ${longest.toFixed(0)} ms\n`,
  );
});
