import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evictionLines } from '../../src/daemon/eviction-lines.js';
import { Evictions } from '../../src/spool/evictions.js';

test('a burst is one line that names who, and what many others lost is one more', () => {
  const evictions = new Evictions();
  for (let n = 0; n < 300; n++) evictions.add('max_size', 'r@rooms.test', 'r@rooms.test/eve\n', 1 << 20);
  for (let n = 0; n < 5_000; n++) evictions.add('max_per_sender', 'bob@example.org', `s${n}@far.test`, 10);
  const lines = evictionLines(evictions.take() ?? assert.fail('nothing was evicted'));
  assert.equal(lines.length, 11);
  assert.equal(
    lines[0],
    'evicted 300 messages (300.0 MiB) from r@rooms.test/eve\\u{a} to r@rooms.test: over spool.max_size',
  );
  assert.equal(
    lines[1],
    'evicted 1 message (10 B) from s0@far.test to bob@example.org: over spool.max_per_sender',
  );
  assert.equal(lines.at(-1), 'evicted 4991 messages (48.7 KiB) of others too');
  assert.equal(evictions.take(), null);
});
