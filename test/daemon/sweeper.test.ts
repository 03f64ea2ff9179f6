import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Sweeper } from '../../src/daemon/sweeper.js';
import type { Jump } from '../../src/spool/calendar.js';
import type { SpoolPort } from '../../src/spool/client.js';

test('the clocks are compared before anything is stored and before each sweep, and a jump is said', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const asked: string[] = [];
  const said: string[] = [];
  const jumps: (Jump | null)[] = [null, { by: 10 * 365 * 86_400_000, moved: null }];
  const spool = {
    ask: async ({ ask }: { ask: string }) => asked.push(ask) && jumps.shift(),
    tell: ({ do: command }: { do: string }) => void asked.push(command),
  } as unknown as SpoolPort;
  const quiet = () => undefined;
  const sweeper = new Sweeper(spool, {
    debug: quiet,
    info: quiet,
    error: quiet,
    warn: line => said.push(line),
  });
  assert.deepEqual(asked, ['clocks']);
  mock.timers.tick(5_000);
  await turn();
  sweeper.stop();
  mock.timers.reset();
  assert.deepEqual(asked, ['clocks', 'clocks', 'sweep']);
  assert.deepEqual(said, [
    'the date of this machine was set 3650d ahead; nothing expires by the new date until that has stood for 1d',
  ]);
});
