import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMoment } from '../../src/cli/moment.js';

const NOW = Date.UTC(2026, 10, 25, 7, 30);
const read = (text: string) => new Date(readMoment(text, NOW)).toISOString().replace(':00.000Z', '');

test('a moment as operators write it, in UTC where no zone is said', () => {
  for (const [text, at] of [
    ['2h', '2026-11-25T05:30'],
    ['2h ago', '2026-11-25T05:30'],
    ['today', '2026-11-25T00:00'],
    ['yesterday', '2026-11-24T00:00'],
    ['2026-11-24', '2026-11-24T00:00'],
    ['2026-11-24T18:00', '2026-11-24T18:00'],
    ['2026-11-24 18:00', '2026-11-24T18:00'],
    ['2026-11-24T18:00:00Z', '2026-11-24T18:00'],
    ['2026-11-24T18:00:00.000Z', '2026-11-24T18:00'],
    ['2026-11-24T18:00+02:00', '2026-11-24T16:00'],
    ['07:00', '2026-11-25T07:00'],
    ['18:00', '2026-11-24T18:00'],
  ] as const) {
    assert.equal(read(text), at, text);
  }
});

test('what is no moment is said to be none, with what would be one', () => {
  for (const text of ['', 'evening', '25:00', '2026-13-01', '2026-11-25T', '2026-11-25T08', '18', '18:00Z']) {
    assert.throws(() => readMoment(text, NOW), /It has to be a duration .* 18:00/, text);
  }
});
