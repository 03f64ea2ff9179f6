import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Command } from '../../src/spool/command.js';
import { countsOfWait, type Histogram, measuredIn } from '../../src/spool/histograms.js';
import { arrival, message, opened } from './opened.js';

const SECOND = 1_000;
const HOUR = 3_600_000;

/** How many there are in each bucket that has any, by its bound in ms. */
function filled({ buckets }: Histogram): Record<string, number> {
  const found: Record<string, number> = {};
  let before = 0;
  for (const [bound, count] of buckets) {
    if (count > before) found[bound] = count - before;
    before = count;
  }
  return found;
}

/** A spool, and what it has measured. */
function measured() {
  const { db, spool, store } = opened({ maxPerAccount: 3 });
  const times = () =>
    measuredIn(new Map(db.prepare<[], [string, number]>('SELECT name, value FROM counter').raw().all()));
  return { spool, store, times };
}

describe('the time from when a message was first seen to its proof', () => {
  test('by who delivered it, once for each device', () => {
    const { spool, store, times } = measured();
    spool.apply([arrival({ session: 1, resource: 'phone' }), arrival({ session: 2, resource: 'laptop' })]);
    store(message(1, { receivedAt: 0 }));
    const hand = (session: number) =>
      ({
        ...({ do: 'hand', session, group: 1, account: 'bob@example.org', identity: 'identity 1' } as const),
        ...({ way: 'live', message: null, fresh: false } as const),
      }) as const;
    spool.apply([hand(1), hand(2)]);
    const prove = (session: number, at: number): Command => {
      return { do: 'prove', session, ping: 1, groups: [1], at, took: 1 };
    };
    spool.apply([prove(1, 80)]);
    spool.apply([prove(2, 3 * SECOND)]);
    const { proof } = times();
    assert.deepEqual(filled(proof.ejabberd), { 100: 1, 5000: 1 });
    assert.deepEqual([proof.ejabberd.sum, proof.ejabberd.count], [3_080, 2]);
    assert.deepEqual(filled(proof.respool), {});
  });

  test('of a replay: since it was written, not since the device came', () => {
    const { spool, store, times } = measured();
    spool.apply([arrival({ at: 0 }), { do: 'leave', session: 1, at: 0 }]);
    store(message(1, { receivedAt: 0 }));
    spool.apply([
      arrival({ session: 2, at: 5 * HOUR }),
      { do: 'mark', session: 2, ping: 1 },
      { do: 'prove', session: 2, ping: 1, groups: [], at: 5 * HOUR, took: 1 },
    ]);
    spool.apply([{ ask: 'take', session: 2, groups: [2], limit: 10, at: 0 }]);
    spool.apply([{ do: 'prove', session: 2, ping: 2, groups: [2], at: 5 * HOUR, took: 1 }]);
    const { proof } = times();
    assert.deepEqual(filled(proof.respool), { [6 * HOUR]: 1 });
    assert.deepEqual(filled(proof.ejabberd), {});
  });

  test('a clock that was set back counts as no time at all', () => {
    const { spool, store, times } = measured();
    spool.apply([arrival()]);
    store(message(1, { receivedAt: HOUR }));
    spool.apply([
      {
        ...({
          do: 'hand',
          session: 1,
          group: 1,
          account: 'bob@example.org',
          identity: 'identity 1',
        } as const),
        ...({ way: 'live', message: null, fresh: false } as const),
      },
      { do: 'prove', session: 1, ping: 1, groups: [1], at: 0, took: 1 },
    ]);
    assert.deepEqual([filled(times().proof.ejabberd), times().proof.ejabberd.sum], [{ 100: 1 }, 0]);
  });
});

test('the age at the end: once for each message, by how it ended', () => {
  const { spool, store, times } = measured();
  for (const id of [1, 2, 3, 4]) store(message(id, { receivedAt: 0, expiresAt: 8 * HOUR }));
  spool.apply([
    {
      do: 'bounce',
      account: 'bob@example.org',
      resource: null,
      identity: 'identity 4',
      verdict: 'refused',
      at: 2 * SECOND,
    },
  ]);
  spool.apply([{ ask: 'drop', account: 'bob@example.org', at: 30 * SECOND, limit: 1 }]);
  spool.apply([{ do: 'sweep', at: 30 * HOUR }]);
  const { end_age } = times();
  assert.deepEqual(filled(end_age.refused), { 10000: 1 });
  assert.deepEqual(filled(end_age.dropped), { 60000: 1 });
  assert.deepEqual(filled(end_age.expired), { [72 * HOUR]: 1 });
  assert.deepEqual(filled(end_age.evicted), { 1000: 1 }); // the fourth pushed the first out
});

test('a wait has its bucket and its sum; more than the last bound has one too', () => {
  assert.deepEqual(countsOfWait(2_060.4), {
    'time.replay_wait.first.2100': 1,
    'time.replay_wait.first.sum': 2_060,
  });
  assert.deepEqual(countsOfWait(HOUR), {
    'time.replay_wait.first.more': 1,
    'time.replay_wait.first.sum': HOUR,
  });
});
