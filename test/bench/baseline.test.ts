import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { regressions } from './baseline.js';
import type { Figure } from './figure.js';

test('a ratio that is worse by more than a quarter is told, in its own direction', () => {
  const folder = mkdtempSync(join(tmpdir(), 'respool-baseline-'));
  const path = join(folder, 'baseline.json');
  const figure = (what: string, value: number, more: Partial<Figure> = {}): Figure => {
    return { what, seen: '', against: '', value, unit: '×', ...more };
  };
  const less = { lessIsBetter: true };
  const most = { target: { at: 'most', value: 2 } } as const;
  writeFileSync(path, JSON.stringify({ figures: ['a', 'b', 'c'].map(what => figure(what, 1)) }));
  try {
    const seen = (a: number, b: number, c: number) =>
      regressions([figure('a', a), figure('b', b, less), figure('c', c, most), figure('new', 0)], path)
        .length;
    assert.deepEqual([seen(0.85, 1.2, 1.2), seen(0.7, 1, 1), seen(1, 1.3, 1), seen(1, 1, 1.3)], [0, 1, 1, 1]);
    assert.equal(regressions([figure('a', 9, { unit: 'ms' })], path).length, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
