import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arrival, LIMITS, message, opened } from './opened.js';

const EVE = 'eve@far.test';

/** Messages of one sender to bob, with these ids. */
const from = (sender: string, ...ids: number[]) =>
  ids.map(id => message(id, { from: `${sender}/${id % 2 === 0 ? 'pc' : 'phone'}` }));
const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n);
const named = (ids: number[]) => ids.map(id => `id ${id}`);

describe('max_per_sender', () => {
  test('10 000 of one sender cost nobody else a message, and he keeps his newest', () => {
    const { spool, store, ids, undelivered } = opened({ maxPerAccount: 10_000, maxPerSender: 50 });
    store(message(1));
    for (let first = 2; first < 10_002; first += 1_000) store(...from(EVE, ...numbers(first, first + 999)));
    assert.deepEqual(ids(), ['id 1', ...named(numbers(9_952, 10_001))]);
    assert.equal(undelivered().length, 9_950);
    assert.deepEqual(
      spool
        .takeEvictions()
        ?.bursts.map(({ quota, owner, sender, messages }) => [quota, owner, sender, messages]),
      [['max_per_sender', 'bob@example.org', EVE, 9_950]],
    );
  });

  test('counts what is there after a restart, and what has been proved no more', () => {
    const { spool, store, ids } = opened({ maxPerSender: 3 });
    store(...from(EVE, 1, 2, 3, 4));
    assert.deepEqual(ids(), named([2, 3, 4]));
    spool.apply([arrival(), { do: 'mark', session: 1, ping: 1 }]);
    spool.apply([{ do: 'prove', session: 1, ping: 1, groups: [], at: 6, took: 1 }]);
    spool.apply([{ ask: 'take', session: 1, groups: [1], limit: 2, at: 6 }]);
    spool.apply([{ do: 'prove', session: 1, ping: 2, groups: [1], at: 6, took: 1 }]);
    spool.apply([{ ask: 'forget', account: 'bob@example.org', resource: 'phone' }]);
    assert.deepEqual(ids(), named([4]));
    store(...from(EVE, 5, 6), message(7), ...from(EVE, 8));
    assert.deepEqual(ids(), named([5, 6, 7, 8]));
  });

  test('one that is over by a limit that was lowered goes down to it with his next message', () => {
    const { spool, store, ids } = opened();
    store(...from(EVE, ...numbers(1, 20)));
    spool.limit({ ...LIMITS, maxPerSender: 5 });
    store(...from(EVE, 21));
    assert.deepEqual(ids(), named(numbers(17, 21)));
  });
});

describe('max_size_per_account', () => {
  test('the oldest of the sender that has most bytes go, until it holds', () => {
    const { store, ids, counter } = opened({ maxSizePerAccount: 10_000 });
    const heavy = (id: number) =>
      message(id, { from: `${EVE}/pc`, payload: `<body>${'x'.repeat(3_000)}</body>` });
    store(message(1), heavy(2), message(3), heavy(4), heavy(5), heavy(6));
    assert.deepEqual(ids(), named([1, 3, 5, 6]));
    assert.equal(counter('evicted'), 2);
  });

  test('one message that is too large alone goes, and no other with it', () => {
    const { store, ids } = opened({ maxSizePerAccount: 10_000 });
    store(message(1), message(2, { from: `${EVE}/pc`, payload: 'x'.repeat(20_000) }));
    assert.deepEqual(ids(), named([1]));
  });

  test('bytes are counted, not characters, and the id of a message too', () => {
    const { store, ids } = opened({ maxSizePerAccount: 10_000 });
    store(message(1, { payload: '€'.repeat(3_000) }), message(2, { stanzaId: 'i'.repeat(3_000) }));
    assert.deepEqual(ids(), ['i'.repeat(3_000)]);
  });
});
