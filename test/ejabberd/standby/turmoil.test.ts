import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../bench/random.js';
import type { RespoolProcess } from '../process.js';
import { type Pair, pair } from './pair.js';
import { turmoil } from './turmoil.js';

/** `ENDS=50 RATE=400 SEED=2` for more of it. */
const { ENDS = '3', RATE = '60', SEED = '1' } = process.env;
/** Silence of so many ms has the other one act. */
const PULLED = 7_000;

type End = (both: Pair, acting: RespoolProcess, random: Random) => Promise<void>;

const ENDINGS: [how: string, end: End][] = [
  [
    'is killed',
    async (both, acting, random) => {
      await acting.end('SIGKILL');
      await sleep(random.below(3_000));
      await both.comes(acting);
    },
  ],
  [
    'is stopped, one after the other',
    async (both, acting) => {
      await acting.end('SIGTERM');
      await both.comes(acting);
    },
  ],
  [
    'loses its network for some seconds, without a word',
    async both => {
      both.b.said = '';
      both.line.stall(true);
      await sleep(PULLED);
      both.line.stall(false);
      await both.b.says(/is there, and/);
    },
  ],
];

describe('two respools, users who come and go, and the one that acts', () => {
  for (const [how, end] of ENDINGS) {
    describe(how, () => {
      const both = pair({ resumeTimeout: 2 });

      test('nothing is lost', async t => {
        await both.bothUp();
        const { written, lost, repeated } = await turmoil(both, {
          users: 50,
          rate: Number(RATE),
          ends: Number(ENDS),
          seed: Number(SEED),
          end: (acting, random) => end(both, acting, random),
        });
        t.diagnostic(`${written} written, ${lost.length} lost, ${repeated} repeated`);
        assert.deepEqual(lost, []);
      });
    });
  }
});
