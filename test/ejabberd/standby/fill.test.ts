import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from '../client.js';
import { pair } from './pair.js';

describe('a respool that was away', () => {
  const both = pair({ resumeTimeout: 1 });

  /** A message that ejabberd returns to its sender, so that respool alone has it. */
  async function lost(alice: Client, bob: string, id: string): Promise<void> {
    const phone = await both.login(`${bob}/phone`, { management: true });
    phone.reset();
    alice.message(bob, id, { id });
    await alice.received(message => message.attrs.type === 'error' && message.attrs.id === id);
  }

  test('has what the other one has seen, and no more what that has delivered', async () => {
    await both.bothUp();
    const alice = await both.login(`${await both.user('alice')}/pc`);
    const [bob, eve] = [await both.user('bob'), await both.user('eve')];
    await lost(alice, bob, 'before');
    await lost(alice, eve, 'delivered');
    await both.b.end('SIGKILL');
    await lost(alice, bob, 'meanwhile');
    const back = await both.login(`${eve}/phone`, { management: true });
    await back.bodies(1);
    await both.comes(both.b);
    await lost(alice, bob, 'after');
    await both.a.end('SIGKILL');
    both.a.loseSpool(); // its machine is gone for good
    await both.b.says(/this respool acts now/);
    assert.deepEqual(both.b.ids(eve), new Set());
    assert.deepEqual(both.b.ids(bob), new Set(['before', 'meanwhile', 'after']));
    const phone = await both.login(`${bob}/phone`, { management: true });
    await phone.bodies(3);
    await both.b.empty();
    assert.deepEqual(phone.texts(), ['before', 'meanwhile', 'after']);
  });

  test('a new one in its place has all', async () => {
    const alice = await both.login(`${await both.user('alice')}/pc`);
    const bob = await both.user('bob');
    await lost(alice, bob, 'to the one that is left');
    await both.comes(both.a);
    assert.deepEqual(both.a.ids(bob), new Set(['to the one that is left']));
  });

  test('gives what it has to one that was not there, which was started first', async () => {
    const alice = await both.login(`${await both.user('alice')}/pc`);
    const bob = await both.user('bob');
    await both.a.end('SIGTERM');
    await both.b.says(/is gone/);
    await lost(alice, bob, 'to b alone');
    await both.b.end('SIGTERM');
    await both.acts(both.a);
    await both.comes(both.b);
    assert.deepEqual([both.a.ids(bob), both.b.ids(bob)], [new Set(['to b alone']), new Set(['to b alone'])]);
  });
});
