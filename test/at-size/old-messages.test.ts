import assert from 'node:assert/strict';
import { test } from 'node:test';
import { message, opened } from '../spool/opened.js';

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
