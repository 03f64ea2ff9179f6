import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Hangups } from '../../src/cli/signals.js';
import { within } from '../wait.js';

/** This process gets a SIGHUP, and has seen it. */
async function hangUp(): Promise<void> {
  const seen = once(process, 'SIGHUP');
  process.kill(process.pid, 'SIGHUP');
  await within('a SIGHUP', seen);
}

test('a SIGHUP that comes while nobody takes it waits for whoever takes the next ones', async () => {
  const hangups = new Hangups();
  const taken: string[] = [];
  assert.equal(hangups.came, false);
  await hangUp(); // before respool has started
  assert.equal(hangups.came, true);
  hangups.giveTo(() => taken.push('first'));
  assert.deepEqual(taken, ['first']);
  await hangUp();
  assert.deepEqual(taken, ['first', 'first']);
  hangups.giveTo(null);
  hangups.giveTo(() => taken.push('none has come'));
  hangups.giveTo(null);
  await hangUp(); // between one and the next
  hangups.giveTo(() => taken.push('second'));
  assert.deepEqual(taken, ['first', 'first', 'second']);
});
