import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { pingsOf } from '../../../src/cli/device-state.js';
import { overLines, pingsBehind, ROSTER, suite } from './stage.js';

suite('a login', stage => {
  overLines('costs one ping where all that waits comes out of mod_offline', async delay => {
    const { alice, bob } = await stage.people();
    const written = await stage.waiting(alice, bob, 5);
    const phone = await stage.bind(`${bob}/phone`, delay);
    await phone.request('get', ROSTER);
    const behind = pingsBehind(phone);
    phone.presence();
    await stage.eachOnce(bob, written, phone);
    const { pings, came } = behind(written);
    assert.equal(pings, 1, came);
  });

  overLines(
    'costs one ping before a replay and one after, also where a message comes meanwhile',
    async delay => {
      const { alice, bob } = await stage.people();
      const written = await stage.waiting(alice, bob, 5);
      await stage.emptyOfflineQueue(bob);
      const phone = await stage.bind(`${bob}/phone`, delay);
      await phone.request('get', ROSTER);
      const behind = pingsBehind(phone);
      phone.presence();
      await sleep(500); // half of the settle time
      const meanwhile = stage.write(alice, bob, 1);
      await stage.eachOnce(bob, [...written, ...meanwhile], phone);
      const { pings, came } = behind(meanwhile);
      assert.ok(pings <= 2, came);
    },
  );
});

suite('a device that has proved nothing', stage => {
  overLines('is not listed as one that answers pings', async delay => {
    const bob = await stage.user('bob');
    const phone = await stage.bind(`${bob}/phone`, delay);
    phone.answers = false;
    phone.presence();
    await stage.there(bob);
    const [device] = stage.respool.devices(bob);
    assert.deepEqual([device?.resource, device?.proofs], ['phone', 0]);
    assert.equal(device && pingsOf(device, false), 'unknown');
  });
});
