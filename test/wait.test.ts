import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { found, shownInVain, until, within } from './wait.js';

const IN_VAIN = /^Error: waited 0\.02 s in vain: the bus\nrespool has said:\nno bus today$/;

test('a wait in vain says for what, and what the processes have said, whichever way it waits', async () => {
  const source = new EventEmitter();
  const noLonger = shownInVain(() => 'respool has said:\nno bus today');
  const never = new Promise<never>(() => undefined);
  await assert.rejects(within('the bus', never, 20), IN_VAIN);
  await assert.rejects(
    until('the bus', () => false, 20),
    IN_VAIN,
  );
  await assert.rejects(
    found('the bus', source, 'bus', () => undefined, 20),
    IN_VAIN,
  );
  assert.equal(source.listenerCount('bus'), 0, 'nobody looks any more');
  noLonger();
  await assert.rejects(within('the bus', never, 20), /^Error: waited 0\.02 s in vain: the bus$/);
});

test('what is there already is not waited for', async () => {
  assert.equal(await found('one', new EventEmitter(), 'more', () => 1, 20), 1);
});
