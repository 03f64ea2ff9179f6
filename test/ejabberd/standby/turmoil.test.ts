import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pair } from './pair.js';
import { turmoil } from './turmoil.js';

/** `KILLS=50 RATE=400 SEED=2` for more of it. */
const { KILLS = '4', RATE = '60', SEED = '1' } = process.env;

describe('two respools, and the one that acts is killed again and again', () => {
  const both = pair({ resumeTimeout: 2 });

  test('nothing is lost', async () => {
    await both.bothUp();
    const { written, lost, repeated } = await turmoil(both, {
      users: 50,
      rate: Number(RATE),
      ends: Number(KILLS),
      seed: Number(SEED),
      async end(respool, random) {
        await respool.end('SIGKILL');
        await new Promise(resolve => setTimeout(resolve, random.below(3_000)));
        await both.comes(respool);
      },
    });
    console.log(`${written} written, ${lost.length} lost, ${repeated} repeated`);
    assert.deepEqual(lost, []);
  });
});
