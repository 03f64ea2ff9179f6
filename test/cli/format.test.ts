import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, duration, moment, printable, utc } from '../../src/cli/format.js';
import { Table } from '../../src/cli/table.js';
import { cutTo, widthOf } from '../../src/cli/width.js';

test('lengths of time in two units at most', () => {
  const known: [number, string][] = [
    [0, '0ms'],
    [40, '40ms'],
    [1_999, '1s'],
    [60_000, '1m'],
    [3_725_000, '1h 2m'],
    [86_405_000, '1d'],
    [14 * 86_400_000 - 1, '13d 23h'],
  ];
  for (const [ms, text] of known) assert.equal(duration(ms), text);
});

test('sizes', () => {
  const known: [number, string][] = [
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [1.5 * 2 ** 30, '1.5 GiB'],
    [2 ** 53, '8192.0 TiB'],
  ];
  for (const [number, text] of known) assert.equal(bytes(number), text);
});

test('moments in UTC', () => {
  assert.equal(utc(1_500), '1970-01-01T00:00:01.500Z');
  assert.equal(utc(null), null);
  assert.equal(moment(1_500), '1970-01-01T00:00:01Z');
});

test('text of strangers is harmless and bounded', () => {
  assert.equal(printable('žofie 号😀'), 'žofie 号😀');
  assert.equal(printable('a\u001b[2J\u202eb\n'), 'a\\u{1b}[2J\\u{202e}b\\u{a}');
  assert.equal(printable('x'.repeat(3_000)), `${'x'.repeat(59)}…`);
});

test('a later piece of a table may widen it, and repeats no titles', () => {
  const table = new Table([{ title: 'N', align: 'right' }, { title: 'NAME' }]);
  assert.equal(table.lines([['1', 'a']]), 'N  NAME\n1  a\n');
  assert.equal(table.lines([['100', 'b']]), '100  b\n');
  assert.equal(table.lines([['2', 'c']]), '  2  c\n');
});

test('what a terminal shows over two columns, or over none, does not shift a table', () => {
  const known: [string, number][] = [
    ['romeo', 5],
    ['žofie…', 6],
    ['z\u030cofie', 5],
    ['罗密欧', 6],
    ['한글', 4],
    ['ｶﾀｶﾅ', 4],
    ['😀', 2],
  ];
  for (const [text, width] of known) assert.equal(widthOf(text), width, text);
  assert.equal(cutTo(5, '罗密欧'), '罗密…');
  assert.equal(cutTo(4, '罗密欧'), '罗…');
  assert.equal(cutTo(6, '罗密欧'), '罗密欧');
  const table = new Table([{ title: 'FROM', flexible: true }, { title: 'N' }], 17);
  const lines = table.lines([
    ['罗密欧罗密欧罗密欧', '1'],
    ['romeo', '2'],
  ]);
  assert.equal(lines, 'FROM            N\n罗密欧罗密欧…   1\nromeo           2\n');
});
