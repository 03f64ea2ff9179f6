import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import { Process } from '../cli/process.js';
import { fill, work } from '../cli/queue-scene.js';

test("another user's spool: 1, and whose to be", { skip: process.getuid?.() !== 0 }, async () => {
  fill();
  chmodSync(work.folder, 0o755);
  chmodSync(work.config, 0o644);
  for (const args of [
    ['queue', 'list'],
    ['queue', 'show', '1'],
    ['queue', 'drop', '1', '--yes'],
    ['queue', 'export', '-'],
    ['forget', 'romeo@example.org', '--yes'],
  ]) {
    const other = new Process([...args, '-c', work.config], {}, 65_534);
    const { code, stdout, stderr } = await other.ended();
    assert.deepEqual([code, stdout], [1, ''], stderr);
    assert.match(
      stderr,
      /^respool: \S+spool\.db cannot be (opened|written) \(.*\); .*(yours to read|user that runs respool)\n$/,
      args.join(' '),
    );
  }
});
