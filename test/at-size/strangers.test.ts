import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROCESS = fileURLToPath(new URL('./strangers-process.js', import.meta.url));
/** What is garbage goes sooner, so that what is kept is measured. */
const SMALL_HEAP = '--max-old-space-size=160';
/** design.md: memory under hostile load. */
const MOST = 256 << 20;

describe('what strangers choose, 250 kB each time, takes less than 256 MB', () => {
  for (const [name, what] of [
    ['room-ids', 'ids that a room gives'],
    ['presences', 'what presences say, and ids of archive queries'],
    ['pretended', 'ids of what users send to the component'],
    ['archives', 'answers of three archives'],
    ['replay', 'a replay of 400 messages'],
    ['backlog', 'what waits for a spool that cannot be written'],
  ] as const) {
    test(what, async context => {
      const { stdout } = await promisify(execFile)(process.execPath, [SMALL_HEAP, PROCESS, name]);
      context.diagnostic(`${Math.round(Number(stdout) / (1 << 20))} MB`);
      assert.ok(Number(stdout) < MOST, `${stdout} bytes`);
    });
  }
});
