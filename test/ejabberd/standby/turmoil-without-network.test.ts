import { setTimeout as sleep } from 'node:timers/promises';
import { inTurmoil } from './turmoil.js';

/** Silence of so many ms has the other one act. */
const PULLED = 7_000;

inTurmoil('loses its network for some seconds, without a word', async both => {
  both.b.said = '';
  both.line.stall(true);
  await sleep(PULLED);
  both.line.stall(false);
  await both.b.says(/is there, and/);
});
