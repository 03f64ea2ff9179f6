import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tries } from '../tries.js';
import type { Class } from './judge.js';
import { exampleOf, type Found, fuzz } from './report.js';

/** So many scripts, but of wall time no more, in ms. */
const [RUNS, LASTS] = [tries(400), 20_000];
const SEED = 1;
/** What must not happen in any run. A class that is not named here is still open. */
const FORBIDDEN: readonly Class[] = ['lost'];

let found: Found | undefined;

test('random logins, losses and restarts run to their end, and bring messages', async () => {
  found = await fuzz(SEED, { runs: RUNS, ms: LASTS });
  assert.ok(found.received > found.runs && found.replays > 0, JSON.stringify({ ...found, violations: [] }));
});

for (const name of FORBIDDEN) {
  test(`in random logins, losses and restarts nothing is ${name}`, async () => {
    assert.equal(await exampleOf(name, found?.violations ?? []), null);
  });
}
