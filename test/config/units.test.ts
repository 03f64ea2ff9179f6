import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parseSize } from '../../src/config/units.js';

test('durations', () => {
  const known = {
    '0s': 0,
    '500ms': 500,
    '2s': 2e3,
    '1.5m': 9e4,
    '1h': 36e5,
    '14d': 14 * 864e5,
    '1w': 6048e5,
  };
  for (const [text, ms] of Object.entries({ ...known, '2 s': 2e3 }))
    assert.equal(parseDuration(text), ms, text);
  for (const text of ['', '2', 's', '-2s', '2S', '2M', '1e3s', '2s3', '2 years', '١s', '2.s', '.5s']) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

test('sizes', () => {
  const known = {
    '0B': 0,
    '12b': 12,
    '1kB': 1e3,
    '1KiB': 1024,
    '500MB': 5e8,
    '4GiB': 2 ** 32,
    '4gib': 2 ** 32,
  };
  for (const [text, bytes] of Object.entries({ ...known, '1.5 TiB': 1.5 * 2 ** 40, '2TB': 2e12 })) {
    assert.equal(parseSize(text), bytes, text);
  }
  for (const text of ['', '4', '4G', 'GiB', '-1GB', '1iB', '1PB', '4Gib s']) {
    assert.equal(parseSize(text), undefined, text);
  }
});
