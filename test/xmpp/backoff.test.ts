import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../src/xmpp/backoff.js';

const take = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next());

test('the ceiling doubles from one second to thirty', () => {
  const backoff = new Backoff({ random: () => 1 });
  assert.deepEqual(take(backoff, 8), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('full jitter: any delay below the ceiling, but none shorter than half a second', () => {
  assert.deepEqual(take(new Backoff({ random: () => 0 }), 4), [500, 500, 500, 500]);
  assert.deepEqual(take(new Backoff({ random: () => 0.5 }), 4), [500, 1000, 2000, 4000]);
  for (const delay of take(new Backoff(), 1000)) assert.ok(delay >= 500 && delay <= 30_000, `${delay}`);
});

test('reset starts from the beginning', () => {
  const backoff = new Backoff({ random: () => 1 });
  take(backoff, 5);
  backoff.reset();
  assert.deepEqual(take(backoff, 2), [1000, 2000]);
});

test('stays at the most after any number of attempts, and with a most below the first', () => {
  const backoff = new Backoff({ random: () => 1 });
  take(backoff, 5000);
  assert.equal(backoff.next(), 30_000);
  assert.deepEqual(take(new Backoff({ first: 100, most: 40, least: 1, random: () => 1 }), 2), [40, 40]);
});
