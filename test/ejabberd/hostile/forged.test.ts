import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Scene, scene } from '../scene.js';

const PUBSUB = 'http://jabber.org/protocol/pubsub';
const PUSH_NODE = 'urn:xmpp:push:nodes:messages';
const MUCSUB_NODE = 'urn:xmpp:mucsub:nodes:messages';

const event = (node: string, id: string, message: string) =>
  `<event xmlns='${PUBSUB}#event'><items node='${node}'><item id='${id}'>${message}</item></items></event>`;
/** A message of somebody else. */
const messageOf = (from: string, to: string) =>
  `<message xmlns='jabber:client' from='${from}' to='${to}' type='chat' id='other'><body>pay</body></message>`;

/** Has forged events been counted so often? */
const forged = (stage: Scene, times: number) =>
  stage.respool.until(`${times} are counted`, () => stage.respool.counter('forged') === times);

describe('events that look like those of mod_push_offline', () => {
  const modules = { mod_caps: {}, mod_pubsub: { plugins: ['flat', 'pep'] } };
  const stage = scene({ modules });

  for (const type of ['headline', 'normal']) {
    test(`by a PEP node of that name, as ${type}: counted and dropped`, async () => {
      const before = stage.respool.counter('forged');
      const eve = await stage.login(`${await stage.user('eve')}/pc`);
      const [account = ''] = eve.jid.split('/');
      const option = (name: string, value: string) =>
        `<field var='pubsub#${name}'><value>${value}</value></field>`;
      const form =
        `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${PUBSUB}#node_config</value></field>` +
        `${option('access_model', 'open')}${option('notification_type', type)}${option('presence_based_delivery', '0')}</x>`;
      await eve.request(
        'set',
        `<pubsub xmlns='${PUBSUB}'><create node='${PUSH_NODE}'/><configure>${form}</configure></pubsub>`,
      );
      const subscription = `<subscription jid='${stage.server.domain}' subscription='subscribed'/>`;
      const subscribed = await eve.request(
        'set',
        `<pubsub xmlns='${PUBSUB}#owner'><subscriptions node='${PUSH_NODE}'>${subscription}</subscriptions></pubsub>`,
      );
      assert.equal(subscribed.attrs.type, 'result');
      const message = messageOf(`boss@${stage.server.host}/pc`, account);
      await eve.request(
        'set',
        `<pubsub xmlns='${PUBSUB}'><publish node='${PUSH_NODE}'><item id='1'>${message}</item></publish></pubsub>`,
      );
      await forged(stage, before + 1);
      assert.equal(stage.respool.stored(account), 0);
    });
  }

  test('from his own session: counted and dropped', async () => {
    const before = stage.respool.counter('forged');
    const eve = await stage.login(`${await stage.user('eve')}/pc`);
    const message = messageOf(`boss@${stage.server.host}/pc`, eve.jid);
    eve.send(`<message to='${stage.server.domain}' id='1'>${event(PUSH_NODE, '1', message)}</message>`);
    await forged(stage, before + 1);
    assert.equal(stage.respool.stored(eve.jid.split('/')[0]), 0);
  });
});

describe("alice's message inside what looks like a room's to a subscriber (MucSub)", () => {
  const stage = scene();

  test('to bob, whom it has not reached: it is still owed to him', async () => {
    const alice = await stage.login(`${await stage.user('alice')}/pc`);
    const eve = await stage.login(`${await stage.user('eve')}/pc`);
    const bob = await stage.user('bob');
    await (await stage.login(`${bob}/phone`)).close();
    const hers = messageOf(alice.jid, bob);
    alice.send(hers);
    await alice.flush();
    await stage.server.purgeOffline(bob, 1);
    const phone = await stage.login(`${bob}/phone`, { presence: false });
    phone.presence();
    await phone.flush();
    eve.send(`<message to='${phone.jid}' type='normal' id='e'>${event(MUCSUB_NODE, '1', hers)}</message>`);
    await phone.received(({ attrs }) => attrs.id === 'e');
    await phone.received(({ attrs }) => attrs.id === 'other');
    await stage.respool.empty(bob);
  });
});
