import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { delayOf, scene } from './scene.js';

describe('a session that died with stream management on (XEP-0198)', () => {
  const stage = scene({ resumeTimeout: 3 });

  test('its message arrives once at the next login, as it was written, with the time of its writing', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const dead = await stage.login(`${bob}/phone`, { management: true });
    dead.reset();
    const written = Date.now();
    alice.message(bob, 'to a dead session', { id: 'z-1' });
    await alice.received(message => message.attrs.type === 'error');
    const phone = await stage.login(`${bob}/phone`, { management: true });
    await phone.bodies(1);
    const arrived = Date.now();
    await stage.respool.empty();
    assert.deepEqual(phone.texts(), ['to a dead session']);
    const [message] = phone.messages;
    assert.deepEqual(
      [message?.attrs.from, message?.attrs.id, message?.attrs.type],
      [alice.jid, 'z-1', 'chat'],
    );
    const delay = delayOf(message);
    assert.equal(delay.stamps, 1);
    // respool saw it before the phone's presence, and replays no sooner than it has settled after that
    const latest = arrived - stage.respool.config.replay.settle;
    assert.ok(delay.at >= written && delay.at <= latest, `${written}, stamped ${delay.at}, ${latest}`);
  });

  test('also when the sender has gone before the bounce, and for messages without an id', async () => {
    const [sender, bob] = [await stage.user('alice'), await stage.user('bob')];
    const alice = await stage.login(`${sender}/pc`);
    const dead = await stage.login(`${bob}/phone`, { management: true });
    await stage.respool.until('the session is known', () => stage.respool.online(bob) === 1);
    dead.reset();
    alice.message(bob, 'no id', { id: null });
    alice.message(bob, 'normal', { id: 'n-1', type: 'normal' });
    await alice.flush();
    await alice.close();
    // the ping that follows them comes back when ejabberd gives the session up
    await stage.respool.until('the session is known to be gone', () => stage.respool.online(bob) === 0);
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(2);
    await stage.respool.empty();
    assert.deepEqual(
      phone.messages.map(({ attrs }) => [attrs.id, attrs.type ?? 'normal']),
      [
        [undefined, 'chat'],
        ['n-1', 'normal'],
      ],
    );
  });

  test('also when the device is back before ejabberd has noticed', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const dead = await stage.login(`${bob}/phone`, { management: true });
    dead.reset();
    alice.message(bob, 'in between', { id: 'b-1' });
    await alice.flush();
    const phone = await stage.login(`${bob}/phone`, { management: true });
    await phone.bodies(1);
    await stage.respool.empty();
    assert.deepEqual(phone.texts(), ['in between']);
  });

  test('nor does the answer of the next session prove what the dead one was given, however soon it comes', async () => {
    const alice = await stage.login(`${await stage.user('alice')}/pc`);
    for (let times = 0; times < 12; times++) {
      const bob = `${await stage.user('bob')}/phone`;
      const dead = await stage.login(bob, { management: true });
      await stage.respool.until('the session is known', () => stage.respool.online(bob.slice(0, -6)) === 1);
      dead.freeze();
      for (const text of ['one', 'two', 'three']) alice.message(bob, text);
      await alice.flush();
      dead.reset();
      const phone = await stage.login(bob, { management: true });
      await phone.bodies(3);
      await stage.respool.empty(bob.slice(0, -6));
      assert.deepEqual([...phone.texts()].sort(), ['one', 'three', 'two']);
    }
  });
});
