import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pair } from './pair.js';

describe('two respools on one server', () => {
  const both = pair({ resumeTimeout: 3 });

  test('one acts, the other watches, and each message comes once', async () => {
    await both.bothUp();
    const [alice, bob] = [await both.login(`${await both.user('alice')}/pc`), await both.user('bob')];
    const phone = await both.login(`${bob}/phone`, { management: true });
    phone.reset();
    alice.message(bob, 'to a dead session', { id: 'm-1' });
    await alice.received(message => message.attrs.type === 'error');
    const back = await both.login(`${bob}/phone`, { management: true });
    await back.bodies(1);
    await both.a.empty();
    await both.b.empty();
    assert.deepEqual(back.texts(), ['to a dead session']);
  });

  test('the one that acts is killed: the other replays what it has seen as well', async () => {
    const [alice, bob] = [await both.login(`${await both.user('alice')}/pc`), await both.user('bob')];
    const phone = await both.login(`${bob}/phone`, { management: true });
    phone.reset();
    alice.message(bob, 'one of them is gone', { id: 'm-2' });
    await alice.received(message => message.attrs.type === 'error');
    await both.a.end('SIGKILL');
    await both.b.says(/this respool acts now/);
    const back = await both.login(`${bob}/phone`, { management: true });
    await back.bodies(1);
    await both.b.empty();
    assert.deepEqual(back.texts(), ['one of them is gone']);
  });
});
