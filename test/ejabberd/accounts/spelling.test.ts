import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scene } from '../scene.js';

describe('an account whose name is spelt in several ways', () => {
  const stage = scene();
  const ACCOUNT = 'strasse@alpha.test';

  test('gets what is written to each, once, and on its device alone', async () => {
    await stage.server.register('straße');
    const alice = await stage.login(`${await stage.user('alice')}/pc`);
    const phone = await stage.login('Straße@alpha.test/Ⅷ');
    await stage.respool.until('the phone is known', () => stage.respool.online(ACCOUNT) === 1);
    alice.message('STRASSE@alpha.test', 'one');
    await phone.bodies(1);
    await stage.respool.until('it is kept', () => stage.respool.counter('stored') === 1);
    await stage.respool.empty(ACCOUNT);
    phone.unavailable();
    await phone.close();
    await stage.respool.until('the phone is gone', () => stage.respool.online(ACCOUNT) === 0);

    const names = ['STRASSE', 'straße', 'straSSe', 'stra\u00adße'];
    for (const name of names) alice.message(`${name}@alpha.test`, `to ${name}`);
    alice.message('strasse@alpha.test/VIII', 'to the resource');
    await alice.flush();
    await stage.server.purgeOffline(ACCOUNT, 5);
    assert.equal(stage.respool.stored(ACCOUNT), 5);
    const again = await stage.login('Straße@alpha.test/Ⅷ');
    const texts = [...names.map(name => `to ${name}`), 'to the resource'];
    assert.deepEqual(await again.bodies(5), texts);
    await stage.respool.empty();
    alice.message('strasse@alpha.test', 'last');
    assert.deepEqual(await again.bodies(6), [...texts, 'last']);
    await stage.respool.empty();
    const [device, ...others] = stage.respool.devices(ACCOUNT);
    assert.deepEqual([device?.account, device?.resource, others.length], [ACCOUNT, 'VIII', 0]);
  });

  test('what ejabberd took for another server is not kept for an account here', async () => {
    const alice = await stage.login(`${await stage.user('alice')}/pc`);
    const bob = await stage.user('bob');
    alice.message(`${bob}.`, 'to a domain with a dot at its end');
    await alice.received(({ attrs }) => attrs.type === 'error');
    alice.message(bob, 'to him');
    await stage.respool.until('it is kept', () => stage.respool.stored(bob) > 0);
    assert.equal(stage.respool.stored(bob), 1);
  });
});
