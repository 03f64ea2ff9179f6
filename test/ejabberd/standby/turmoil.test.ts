import { setTimeout as sleep } from 'node:timers/promises';
import { inTurmoil } from './turmoil.js';

inTurmoil('is killed', async (both, acting, random) => {
  await acting.end('SIGKILL');
  await sleep(random.below(3_000));
  await both.comes(acting);
});

inTurmoil('is stopped, one after the other', async (both, acting) => {
  await acting.end('SIGTERM');
  await both.comes(acting);
});
