import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Peak } from '../../src/monitor/peak.js';
import { FakeClock } from '../fake-clock.js';

test('a peak is the highest of the last minute', async () => {
  const clock = new FakeClock();
  const peak = new Peak(() => clock.now());
  assert.equal(peak.value, 0);
  peak.add(5);
  await clock.pass(30_000);
  peak.add(3);
  assert.equal(peak.value, 5);
  await clock.pass(31_000);
  assert.equal(peak.value, 3);
  await clock.pass(60_000);
  assert.equal(peak.value, 0);
});
