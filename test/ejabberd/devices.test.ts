import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from './client.js';
import { delayOf, scene } from './scene.js';

/**
 * What a device shows: bodies of messages and, marked, of sent carbons. A replay that reaches ejabberd when the session
 * that it is for has just died, ejabberd gives to another one; respool learns of that end too late, so that no promise is
 * made about it.
 */
function shown(client: Client): string[] {
  return client.messages.flatMap(message => {
    const { to = client.jid } = message.attrs;
    if (to.includes('/') && to !== client.jid) return [];
    const carbon =
      message.getChild('sent', 'urn:xmpp:carbons:2') ?? message.getChild('received', 'urn:xmpp:carbons:2');
    const inner = carbon?.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message');
    const body = (inner ?? message).getChildText('body');
    return body === null ? [] : [carbon?.name === 'sent' ? `sent: ${body}` : body];
  });
}

async function shows(client: Client, count: number): Promise<string[]> {
  await client.received(() => shown(client).length >= count);
  return shown(client);
}

describe('every device in step', () => {
  const stage = scene();
  const ten = [...Array(10).keys()].map(n => `message ${n}`);

  /** An account whose phone is known and away, and whose laptop is there. */
  async function away(options: { carbons?: boolean } = {}) {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const phone = await stage.login(`${bob}/phone`, options);
    await stage.respool.until('the phone is known', () => stage.respool.online(bob) === 1);
    phone.unavailable();
    await phone.close();
    const laptop = await stage.login(`${bob}/laptop`, options);
    await stage.respool.until('the laptop is there', () => stage.respool.online(bob) === 1);
    return { alice, bob, laptop };
  }

  /** Whether a device has proved each of so many messages: then they are owed to others alone, by an even set of slots. */
  const proved = (bob: string, count: number) => {
    const sets = owed(bob);
    return sets.length === count && sets.every(set => set % 2 === 0);
  };
  const owed = (bob: string) =>
    stage.respool
      .query<{ owed: number }>(
        'SELECT owed FROM message JOIN account ON account.id = account WHERE jid = ?',
        bob,
      )
      .map(row => row.owed);

  /** The last word, so that what would come before it has come. */
  async function lastWord(alice: Client, bob: string): Promise<void> {
    alice.message(bob, 'last');
    await alice.flush();
  }

  test('a device for which the server has answered that it is not there lacks what came then', async () => {
    const { alice, bob, laptop } = await away();
    await stage.respool.stop(); // it is not to know any more that the phone has just left
    await stage.respool.start();
    await stage.respool.until('the laptop is found', () => stage.respool.online(bob) === 1);
    const answer = await alice.request('get', "<query xmlns='jabber:iq:version'/>", `${bob}/phone`);
    assert.match(`${answer}`, /User session not found/);
    alice.message(`${bob}/phone`, 'to the phone');
    await laptop.bodies(1); // ejabberd gives it to who is there
    const phone = await stage.login(`${bob}/phone`);
    assert.deepEqual(await shows(phone, 1), ['to the phone']);
    await stage.respool.empty(bob);
  });

  for (const carbons of [true, false]) {
    test(`the phone away, ten to the laptop and one written there (carbons ${carbons ? 'on' : 'off'})`, async () => {
      const { alice, bob, laptop } = await away({ carbons });
      for (const body of ten) alice.message(bob, body);
      await laptop.bodies(10);
      laptop.message(alice.jid, 'my own words');
      await alice.bodies(1);
      const phone = await stage.login(`${bob}/phone`, { carbons });
      assert.deepEqual(await shows(phone, 11), [...ten, 'sent: my own words']);
      const sent = phone.messages.at(-1);
      assert.equal(sent?.attrs.from, bob);
      const forwarded = sent?.getChild('sent')?.getChild('forwarded');
      assert.equal(delayOf(forwarded).stamps, 1);
      assert.equal(forwarded?.getChild('message')?.attrs.from, laptop.jid);
      await stage.respool.empty(bob);
      await lastWord(alice, bob);
      assert.deepEqual(await shows(phone, 12), [...ten, 'sent: my own words', 'last']);
      assert.deepEqual(await shows(laptop, 11), [...ten, 'last']);
      await stage.respool.empty(bob);
    });
  }

  test('a device never seen before gets only what no device got', async () => {
    const { alice, bob, laptop } = await away();
    alice.message(bob, 'to the laptop');
    await laptop.bodies(1);
    await stage.respool.until('the laptop has proved it', () => proved(bob, 1));
    laptop.unavailable();
    await laptop.close();
    alice.message(bob, 'to nobody');
    await alice.flush();
    await stage.server.purgeOffline(bob, 1);
    const tablet = await stage.login(`${bob}/tablet`);
    await tablet.bodies(1);
    assert.deepEqual(shown(tablet), ['to nobody']);
    const phone = await stage.login(`${bob}/phone`);
    assert.deepEqual(await shows(phone, 2), ['to the laptop', 'to nobody']);
    const again = await stage.login(`${bob}/laptop`);
    assert.deepEqual(await shows(again, 1), ['to nobody']);
    await stage.respool.empty(bob);
  });

  test('respool restarted in between, and the phone killed half-way through the replay', async () => {
    const { alice, bob, laptop } = await away();
    for (const body of ten) alice.message(bob, body);
    await laptop.bodies(10);
    await stage.respool.until('the laptop has proved them', () => proved(bob, 10));
    await stage.respool.stop();
    await stage.respool.start();
    const dying = await stage.login(`${bob}/phone`);
    dying.on('message', () => {
      dying.answers = false;
      if (shown(dying).length === 5) dying.reset();
    });
    await shows(dying, 5);
    const phone = await stage.login(`${bob}/phone`);
    assert.deepEqual(await shows(phone, 10), ten);
    await stage.respool.empty(bob);
    await lastWord(alice, bob);
    assert.deepEqual(await shows(phone, 11), [...ten, 'last']);
    assert.deepEqual(
      await shows(laptop, 11),
      [...ten, 'last'],
      'the laptop has proved the ten before the restart',
    );
    await stage.respool.empty(bob);
  });

  test('three devices, different priorities: each ends up with the same', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const phone = await stage.login(`${bob}/phone`, { presence: 5, carbons: true });
    const laptop = await stage.login(`${bob}/laptop`, { presence: 0, carbons: true });
    const tablet = await stage.login(`${bob}/tablet`, { presence: 0 });
    await stage.respool.until('all are there', () => stage.respool.online(bob) === 3);
    for (const body of ten) alice.message(bob, body);
    for (const device of [phone, laptop, tablet]) assert.deepEqual(await shows(device, 10), ten, device.jid);
    await stage.respool.empty(bob);
  });

  test('ten logins with resources made anew push out neither the phone nor what it lacks', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    const leaves = async (device: Client) => {
      await stage.respool.until(`${device.jid} is there`, () => stage.respool.online(bob) === 1);
      device.unavailable();
      await device.close();
      await stage.respool.until(`${device.jid} is gone`, () => stage.respool.online(bob) === 0);
    };
    for (let times = 0; times < 2; times++) await leaves(await stage.login(`${bob}/phone`));
    for (let n = 0; n < 10; n++) {
      const tab = await stage.login(`${bob}/converse.js-${123_456 + n}`);
      alice.message(bob, `message ${n}`);
      await tab.received(() => shown(tab).includes(`message ${n}`));
      await leaves(tab);
    }
    const known = stage.respool.devices(bob).map(({ resource, probation }) => [resource, probation]);
    const tabs = [7, 8, 9].map(n => [`converse.js-${123_456 + n}`, true]);
    assert.deepEqual(known, [['phone', false], ...tabs]);
    const phone = await stage.login(`${bob}/phone`);
    assert.deepEqual(await shows(phone, 10), ten);
  });
});

describe('devices on a server that archives (mod_mam)', () => {
  const stage = scene({ mam: true });

  test('what the archive brought is not replayed, what it did not is', async () => {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    for (const resource of ['phone', 'laptop']) {
      const device = await stage.login(`${bob}/${resource}`);
      await stage.respool.until('it is known', () => stage.respool.online(bob) === 1);
      device.unavailable();
      await device.close();
    }
    const laptop = await stage.login(`${bob}/laptop`);
    for (let n = 0; n < 7; n++) alice.message(bob, `message ${n}`);
    await laptop.bodies(7);
    laptop.message(alice.jid, 'my own words');
    await alice.bodies(1);
    await stage.respool.until('the phone is owed all', () => stage.respool.stored(bob) === 8);
    const phone = await stage.login(`${bob}/phone`);
    const results = await phone.queryArchive(undefined, 3);
    assert.equal(results.length, 8);
    await stage.respool.empty(bob);
    alice.message(bob, 'last');
    await phone.bodies(1);
    await stage.respool.empty(bob);
    assert.deepEqual(shown(phone), ['last']);
    const asksArchive = 'SELECT 1 FROM device WHERE resource = ? AND mam = 1';
    await stage.respool.until(
      'it is known for asking the archive',
      () => stage.respool.query(asksArchive, 'phone').length === 1,
    );
  });
});
