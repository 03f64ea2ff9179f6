import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ageTable } from '../../src/spool/age-table.js';
import type { Tallied } from '../../src/spool/tally.js';

const NOW = 1_000_000_000;
const MINUTE = 60_000;
const options = { now: NOW, first: 5 * MINUTE, rows: 2 };
const table = (given: Tallied[], changes: Partial<Parameters<typeof ageTable>[1]> = {}) =>
  ageTable(() => [given], { ...options, ...changes });
const of = (name: string, age: number, pendings = 1): Tallied => [name, NOW - age, pendings];

describe('the table of ages', () => {
  test('each column is twice as long as the one before, and the last has all that is older', () => {
    const { bounds, all } = table([
      ...[0, 5 * MINUTE - 1, 5 * MINUTE, 20 * MINUTE - 1, 20_480 * MINUTE - 1, 20_480 * MINUTE].map(age =>
        of('a', age),
      ),
      of('a', -MINUTE), // of a clock that was set back
    ]);
    assert.deepEqual(
      bounds.map(bound => bound / MINUTE),
      [...[5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_240, 20_480]],
    );
    assert.deepEqual(all, { total: 7, ages: [3, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1] });
  });

  test('those that have most, by their names where they have as much; the rest is one row', () => {
    const { rows, others, all } = table([
      of('c', 0, 2),
      of('b', 0, 3),
      of('a', 0, 2),
      of('d', MINUTE, 1),
      of('b', 6 * MINUTE),
    ]);
    assert.deepEqual(
      rows.map(({ name, total, ages }) => [name, total, ages.slice(0, 2)]),
      [
        ['b', 4, [3, 1]],
        ['a', 2, [2, 0]],
      ],
    );
    assert.deepEqual([others.names, others.total, all.total], [2, 3, 9]);
  });

  test('what is owed to nobody makes no row', () => {
    const { rows, all } = table([of('a', 0, 0)]);
    assert.deepEqual([rows, all.total], [[], 0]);
  });
});

describe('where there are more names than are kept', () => {
  /** One that has much, in small pieces among very many that have one each. */
  const names = 5_000;
  const pages = function* (): Generator<Tallied[]> {
    for (let n = 0; n < names; n++) {
      yield [
        of(`small${n}`, 0),
        ...(n % 4 === 0 ? [of('much', 7 * MINUTE)] : []),
        ...(n % 10 === 0 ? [of('some', 0)] : []),
      ];
    }
  };

  test('who has much is found, with all of it, and nothing is counted twice or not at all', () => {
    let calls = 0;
    const counted = () => {
      calls++;
      return pages();
    };
    const { rows, others, all } = ageTable(counted, { ...options, most: 100 });
    assert.equal(calls, 2);
    assert.deepEqual(
      rows.map(({ name, total, ages }) => [name, total, ages.slice(0, 2)]),
      [
        ['much', names / 4, [0, names / 4]],
        ['some', names / 10, [names / 10, 0]],
      ],
    );
    assert.deepEqual([others.names, others.total, all.total], [null, names, names * 1.35]);
  });

  test('no order of theirs hides who has most', () => {
    // each time when it is about to be kept, others come that have as much
    const hostile = function* (): Generator<Tallied[]> {
      for (let round = 0; round < 50; round++) {
        yield [of('much', 0, 30)];
        for (let n = 0; n < 60; n++) yield [of(`r${round}n${n}`, 0, 30)];
      }
    };
    const { rows } = ageTable(hostile, { ...options, most: 100 });
    assert.deepEqual([rows[0]?.name, rows[0]?.total], ['much', 1_500]);
  });
});
