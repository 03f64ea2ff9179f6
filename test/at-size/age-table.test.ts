import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageTable } from '../../src/spool/age-table.js';
import type { Tallied } from '../../src/spool/tally.js';

const NOW = 1_000_000_000;

test('the table of ages keeps no more names than it may', () => {
  const before = process.memoryUsage().heapUsed;
  const many = function* (): Generator<Tallied[]> {
    for (let n = 0; n < 500_000; n++) yield [[`someone-with-a-long-name-${n}@example.org`, NOW, 1]];
  };
  ageTable(many, { now: NOW, first: 300_000, rows: 2, most: 1_000 });
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 60 << 20, `${grown}`); // the names alone would be 40 MB, with their ages 140
});
