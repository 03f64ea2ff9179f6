import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../../wait.js';
import type { RespoolProcess } from '../process.js';
import { pair } from './pair.js';

describe('what is put on hold by hand on one of two respools', () => {
  const both = pair({ resumeTimeout: 1 });

  const held = async (respool: RespoolProcess) => {
    const all: { jid: string }[] = JSON.parse(await respool.command('queue', 'hold', '--json'));
    return all.map(({ jid }) => jid);
  };
  const holds = (respool: RespoolProcess, ...jids: string[]) =>
    until('it holds the same', async () => (await held(respool)).join() === jids.join());

  test('is on hold on the other one too, until it is released on either', async () => {
    await both.bothUp();
    const alice = await both.login(`${await both.user('alice')}/pc`);
    const bob = await both.user('bob');
    await both.a.command('queue', 'hold', bob);
    await holds(both.b, bob);
    const phone = await both.login(`${bob}/phone`, { management: true });
    phone.reset();
    alice.message(bob, 'kept', { id: 'kept' });
    await alice.received(message => message.attrs.type === 'error' && message.attrs.id === 'kept');
    await both.a.end('SIGKILL');
    await both.b.says(/this respool acts now/);
    const back = await both.login(`${bob}/phone`, { management: true });
    await both.comes(both.a);
    assert.deepEqual([back.texts(), await held(both.a)], [[], [bob]]);
    await both.a.command('queue', 'release', bob); // the one that watches
    await back.bodies(1);
    assert.deepEqual([back.texts(), await held(both.b)], [['kept'], []]);
  });

  test('so it is for one that was away meanwhile, also with what was released', async () => {
    const [carol, dave] = [await both.user('carol'), await both.user('dave')];
    await both.b.command('queue', 'hold', carol);
    await holds(both.a, carol);
    await both.a.end('SIGTERM');
    await both.b.command('queue', 'release', carol);
    await both.b.command('queue', 'hold', dave);
    await both.comes(both.a);
    assert.deepEqual(await held(both.a), [dave]);
  });
});
