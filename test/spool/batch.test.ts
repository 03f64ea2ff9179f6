import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Batch } from '../../src/spool/batch.js';
import { entriesOf } from '../../src/spool/batch-entries.js';
import type { Command } from '../../src/spool/command.js';
import type { NewMessage } from '../../src/spool/content.js';
import type { Question } from '../../src/spool/question.js';
import { tries } from '../tries.js';

type Entry = Command | Question;

/** Whole characters of every plane: what XML can bring. */
const text = fc.string({ unit: 'binary', maxLength: 60 });
const maybe = fc.option(text);
const time = fc.double({ noNaN: true, noDefaultInfinity: true }).filter(value => !Object.is(value, -0));
const message: fc.Arbitrary<NewMessage> = fc.record({
  account: text,
  room: maybe,
  alone: fc.boolean(),
  counts: fc.boolean(),
  refersTo: maybe,
  sentBy: maybe,
  identity: text,
  from: text,
  to: text,
  type: maybe,
  stanzaId: maybe,
  lang: maybe,
  payload: text,
  receivedAt: time,
  stamp: time,
  expiresAt: time,
});
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ do: fc.constant('store' as const), message, again: fc.boolean() }),
  fc.record({
    do: fc.constant('store' as const),
    message,
    writer: fc.record({ account: text, resource: text }),
    again: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('hand' as const),
    session: fc.nat(),
    group: fc.nat(),
    account: text,
    identity: text,
    way: fc.constantFrom('live' as const, 'flood' as const, 'carbon' as const, 'archive' as const),
    message: fc.option(message),
    fresh: fc.boolean(),
    refers: fc.boolean(),
  }),
  fc.record({ do: fc.constant('mark' as const), session: fc.nat(), ping: fc.nat() }),
  fc.record({
    do: fc.constant('prove' as const),
    session: fc.nat(),
    ping: fc.nat(),
    groups: fc.array(fc.nat(), { maxLength: 400 }),
    at: time,
    took: fc.option(time),
  }),
  fc.record({ do: fc.constant('release' as const), session: fc.nat(), groups: fc.array(fc.nat()) }),
  fc.record({ ask: fc.constant('owes' as const), session: fc.nat(), at: fc.nat() }),
);

/** Objects without fast-check's null prototypes. */
const plain = (entries: readonly Entry[]) => entries.map(one => JSON.parse(JSON.stringify(one)) as Entry);

describe('a batch', () => {
  test('gives what was put in, in order', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), entries => {
        const batch = new Batch();
        for (const one of entries) batch.add(one);
        assert.equal(batch.count, entries.length);
        const packed = batch.packed;
        assert.equal(packed.numbers.byteLength + packed.texts.byteLength, batch.size);
        assert.deepEqual(plain([...entriesOf(packed)]), plain(entries));
      }),
      { numRuns: tries(500), seed: 3 },
    );
  });

  test('what was packed is not changed by what is added later', () => {
    const batch = new Batch();
    batch.add({ do: 'leave', session: 1, at: 2 });
    const packed = batch.packed;
    batch.add({ do: 'leave', session: 2, at: 3 });
    assert.deepEqual([...entriesOf(packed)], [{ do: 'leave', session: 1, at: 2 }]);
    assert.equal([...entriesOf(batch.packed)].length, 2);
  });

  test('that was cleared is as a new one', () => {
    const batch = new Batch();
    batch.add({ do: 'leave', session: 1, at: 2 });
    batch.clear();
    assert.equal(batch.count, 0);
    assert.equal(batch.size, 0);
    batch.add({ do: 'leave', session: 2, at: 3 });
    assert.deepEqual([...entriesOf(batch.packed)], [{ do: 'leave', session: 2, at: 3 }]);
  });
});
