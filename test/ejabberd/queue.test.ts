import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { delayOf, scene } from './scene.js';

describe('the queue of mod_offline', () => {
  const stage = scene({ offlineLimit: 3 });

  test('purged before the login, as Bind2 does on 24.02: all arrive, once, in order', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    for (const body of ['one', 'two', 'three']) alice.message(bob, body);
    await alice.flush();
    await stage.server.purgeOffline(bob, 3);
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(3);
    await stage.respool.empty();
    assert.deepEqual(phone.texts(), ['one', 'two', 'three']);
    assert.ok(phone.messages.every(message => delayOf(message).stamps === 1));
  });

  test('full: all that was refused arrives behind what the queue held', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const bodies = [...Array(30).keys()].map(n => `message ${n}`);
    for (const body of bodies) alice.message(bob, body);
    await alice.flush();
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(30);
    await stage.respool.empty();
    assert.deepEqual(phone.texts(), bodies);
  });

  test('flooded by ejabberd: nothing is repeated and nothing stays', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    for (const id of ['f-1', null, null]) alice.message(bob, 'the same', { id });
    await alice.flush();
    const phone = await stage.login(`${bob}/phone`);
    await stage.respool.empty();
    await phone.flush();
    assert.deepEqual(phone.texts(), ['the same', 'the same', 'the same']);
  });
});

describe('what ejabberd delivers', () => {
  const stage = scene();

  test('live: nothing is repeated, also of five equal messages without an id', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const phone = await stage.login(`${bob}/phone`);
    for (let n = 0; n < 5; n++) alice.message(bob, 'ok', { id: null });
    alice.message(bob, 'with an id');
    await phone.bodies(6);
    await stage.respool.until('all is counted', () => stage.respool.counter('delivered') === 6);
    await stage.respool.empty();
    const again = await stage.login(`${bob}/phone`);
    await stage.respool.until('it has settled', () => stage.respool.online(bob) === 1);
    await again.flush();
    assert.deepEqual([phone.texts().length, again.texts().length], [6, 0]);
  });

  test('nothing is kept of what nobody is to get', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const blocker = await stage.user('blocker');
    const device = await stage.login(`${blocker}/phone`);
    await device.request(
      'set',
      `<block xmlns='urn:xmpp:blocking'><item jid='${alice.jid.split('/')[0]}'/></block>`,
    );
    alice.message(blocker, 'blocked, online');
    await alice.flush(); // one that met the session as it ended would be lost, not refused
    await device.close();
    alice.message(blocker, 'blocked, offline');
    alice.message(`ghost@${stage.server.host}`, 'no such user');
    alice.message(bob, 'headline', { type: 'headline' });
    alice.message(bob, 'not to be stored', { inside: "<no-store xmlns='urn:xmpp:hints'/>" });
    alice.message(bob, 'not to be stored', { inside: "<no-storage xmlns='urn:xmpp:hints'/>" });
    alice.send(
      `<message to='${bob}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
    );
    alice.message(bob, 'kept', { id: 'kept' });
    await stage.respool.until('the last one is stored', () => ids().includes('kept'));
    await stage.respool.until('the others have been refused', () => ids().length === 1);
    assert.equal(stage.respool.counter('refused'), 3);
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(1);
    await stage.respool.empty();
  });

  const ids = () =>
    stage.respool.query<{ id: string }>('SELECT stanza_id AS id FROM message').map(({ id }) => id);
});

describe('proof', () => {
  const stage = scene();

  test('a device that takes a replay and dies before its answer gets it again; one that answered does not', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    alice.message(bob, 'once more');
    await alice.flush();
    await stage.server.purgeOffline(bob, 1);
    const dying = await stage.login(`${bob}/phone`);
    dying.on('message', () => {
      dying.answers = false;
      dying.reset();
    });
    await dying.bodies(1);
    assert.equal(stage.respool.stored(), 1, 'its end is known to nobody yet');
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(1);
    await stage.respool.empty();
    await phone.close();
    const third = await stage.login(`${bob}/phone`);
    await stage.respool.until('the third is there', () => stage.respool.online(bob) === 1);
    await third.flush();
    assert.deepEqual(third.texts(), []);
  });
});
