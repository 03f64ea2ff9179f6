import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from './client.js';
import { idsOf } from './delivery.js';
import { scene } from './scene.js';

const COUNT = 5;
const BLOCKING = "xmlns='urn:xmpp:blocking'";
const PRIVACY = "xmlns='jabber:iq:privacy'";
const all = [...Array(COUNT).keys()].map(n => `b-${n}`);

describe('who is blocked after he has written', () => {
  const stage = scene();
  let others = 0;

  /** Bob's laptop has got what alice wrote, and his phone is owed it. */
  async function phoneIsOwed() {
    const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
    for (let times = 0; times < 2; times++) await leaves(await phoneOf(bob), bob);
    const laptop = await stage.login(`${bob}/laptop`);
    await stage.respool.until('the laptop is there', () => stage.respool.online(bob) === 1);
    for (const id of all) alice.message(bob, id, { id });
    await laptop.bodies(COUNT);
    await stage.respool.until('the laptop has proved all', () => isOwedToPhoneAlone(bob));
    const [contact = ''] = alice.jid.split('/');
    return { alice, contact, laptop, bob };
  }

  const isOwedToPhoneAlone = (bob: string) => {
    const owed = stage.respool.pendings(bob);
    return owed.length === COUNT && owed.every(({ resource }) => resource === 'phone');
  };

  async function phoneOf(bob: string): Promise<Client> {
    const before = stage.respool.online(bob);
    const phone = await stage.login(`${bob}/phone`);
    await stage.respool.until('the phone is there', () => stage.respool.online(bob) === before + 1);
    return phone;
  }

  async function leaves(phone: Client, bob: string): Promise<void> {
    const before = stage.respool.online(bob);
    phone.unavailable();
    await phone.close();
    await stage.respool.until('it is away', () => stage.respool.online(bob) === before - 1);
  }

  /** Somebody who is not blocked has written too, while the phone was away. Returns the id of that. */
  async function anotherWrites(bob: string, laptop: Client): Promise<string> {
    const id = `other-${++others}`;
    const other = await stage.login(`${await stage.user('carol')}/pc`);
    other.message(bob, 'hello', { id });
    await laptop.received(({ attrs }) => attrs.id === id);
    const owed = () => stage.respool.pendings(bob).filter(({ stanzaId }) => stanzaId === id);
    const isOwedToPhone = () => owed().length === 1 && owed()[0]?.resource === 'phone';
    await stage.respool.until('the laptop has proved it', isOwedToPhone);
    return id;
  }

  /** The phone logs in, and has been sent all that it is to be sent by now, for that comes last. */
  async function phoneIsSentAll(bob: string, laptop: Client): Promise<Client> {
    const last = await anotherWrites(bob, laptop);
    const phone = await phoneOf(bob);
    await phone.received(({ attrs }) => attrs.id === last);
    const isProved = () => !stage.respool.pendings(bob).some(({ stanzaId }) => stanzaId === last);
    await stage.respool.until('it is proved', isProved);
    await phone.flush();
    return phone;
  }

  const errors = (client: Client) => client.messages.filter(({ attrs }) => attrs.type === 'error');
  const replayed = (client: Client) => idsOf(client.messages).filter(id => all.includes(id));

  test('nothing of his comes, he is told nothing, and all comes when he is not blocked any more', async () => {
    const { alice, contact, laptop, bob } = await phoneIsOwed();
    await laptop.request('set', `<block ${BLOCKING}><item jid='${contact}'/></block>`);
    const phone = await phoneIsSentAll(bob, laptop);
    await alice.flush();
    assert.deepEqual([replayed(phone), errors(alice).length], [[], 0]);
    assert.ok(isOwedToPhoneAlone(bob), 'it is not proved');
    await laptop.request('set', `<unblock ${BLOCKING}><item jid='${contact}'/></unblock>`);
    await stage.respool.empty(bob);
    await phone.flush();
    assert.deepEqual([replayed(phone), errors(alice).length], [all, 0]);
  });

  test('where respool was away when he was blocked, what comes back is not proved, and is tried no more', async () => {
    const { alice, contact, laptop, bob } = await phoneIsOwed();
    await stage.respool.stop();
    await laptop.request('set', `<block ${BLOCKING}><item jid='${contact}'/></block>`);
    await stage.respool.start();
    const phone = await phoneIsSentAll(bob, laptop);
    await alice.flush();
    assert.deepEqual([replayed(phone), errors(alice).length], [[], COUNT]);
    assert.ok(isOwedToPhoneAlone(bob), 'it is not proved');
    await leaves(phone, bob);
    const again = await phoneIsSentAll(bob, laptop);
    await alice.flush();
    assert.equal(errors(alice).length, COUNT, 'no more of them');
    await laptop.request('set', `<unblock ${BLOCKING}/>`);
    await stage.respool.empty(bob);
    await again.flush();
    assert.deepEqual(replayed(again), all);
  });

  test('so it is with a privacy list that keeps him out', async () => {
    const { alice, contact, laptop, bob } = await phoneIsOwed();
    const item = `<item type='jid' value='${contact}' action='deny' order='1'/>`;
    await laptop.request('set', `<query ${PRIVACY}><list name='out'>${item}</list></query>`);
    await laptop.request('set', `<query ${PRIVACY}><default name='out'/></query>`);
    const phone = await phoneIsSentAll(bob, laptop);
    await alice.flush();
    assert.deepEqual([replayed(phone), errors(alice).length], [[], COUNT]);
    assert.ok(isOwedToPhoneAlone(bob), 'it is not proved');
    await leaves(phone, bob);
    await laptop.request('set', `<query ${PRIVACY}><default/></query>`);
    const again = await phoneOf(bob);
    await stage.respool.empty(bob);
    await again.flush();
    assert.deepEqual([replayed(again), errors(alice).length], [all, COUNT]);
  });
});
