import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stream } from '../../../src/xmpp/stream.js';
import { nextEvent } from '../../wait.js';
import type { Client } from '../client.js';
import { type Stage, suite } from '../repeats/stage.js';
import { SECRET } from '../server.js';

const GATEWAY = 'whatsapp.alpha.test';
/** All components may write for users. */
const PRIVILEGE = { mod_privilege: { message: { outgoing: 'all' } } };
const CLIENT = 'jabber:client';

/** Ids of what a client got as written by its owner elsewhere. */
function sentIds({ messages }: Client): (string | undefined)[] {
  return messages.flatMap(message => {
    const sent = message.getChild('sent', 'urn:xmpp:carbons:2')?.getChild('forwarded')?.getChild('message');
    return sent === undefined ? [] : [sent.attrs.id];
  });
}

/** bob's phone is known and away, his laptop is there. */
async function devices(stage: Stage): Promise<{ bob: string; laptop: Client }> {
  const bob = await stage.user('bob');
  await stage.known(`${bob}/phone`);
  const laptop = await stage.bind(`${bob}/laptop`);
  laptop.presence();
  await stage.there(bob);
  return { bob, laptop };
}

const message = (from: string, to: string, id: string) =>
  `<message xmlns='${CLIENT}' from='${from}' to='${to}' type='chat' id='${id}'><body>from my other phone</body></message>`;

suite(
  'what a gateway writes in the name of a user (XEP-0356)',
  stage => {
    let gateway: Stream;
    before(async () => {
      const { ip: host, otherPort: port } = stage.server;
      gateway = new Stream({ host, port, domain: GATEWAY, secret: SECRET });
      const online = nextEvent(gateway, 'online');
      gateway.start();
      await online;
    });
    after(() => gateway.stop());

    test('to a user here is kept for each of his devices', async () => {
      const { bob, laptop } = await devices(stage);
      const alice = await stage.bind(`${await stage.user('alice')}/pc`);
      alice.presence();
      const [account = ''] = alice.jid.split('/');
      await stage.there(account);
      const inner = message(bob, account, 'to alice');
      gateway.send(
        `<message from='${GATEWAY}' to='${stage.server.host}'><privilege xmlns='urn:xmpp:privilege:1'>` +
          `<forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></privilege></message>`,
      );
      await stage.has(alice, ['to alice']);
      const phone = await stage.bind(`${bob}/phone`);
      phone.presence();
      for (const client of [laptop, phone]) await stage.has(client, ['to alice']);
      for (const one of [bob, account]) await stage.nothingPending(one);
      for (const client of [laptop, phone]) {
        await client.flush();
        assert.deepEqual(sentIds(client), ['to alice'], client.jid);
      }
      await stage.shows(alice, ['to alice']);
    });

    test('to a contact of the gateway too, as ejabberd shows it from 23.10 on', async () => {
      const { bob, laptop } = await devices(stage);
      const { host } = stage.server;
      // what mod_privilege of 24.02 does with it (forward_message)
      const text = message(bob, `49123@${GATEWAY}`, 'to a contact');
      await stage.server.evaluate(
        `Msg = xmpp:decode(fxml_stream:parse_element(<<"${text}">>), <<"${CLIENT}">>, []), ` +
          `From = xmpp:get_from(Msg), ` +
          `ejabberd_hooks:run_fold(user_send_packet, <<"${host}">>, {Msg, #{jid => From}}, []), ` +
          'ejabberd_router:route(Msg)',
      );
      const phone = await stage.bind(`${bob}/phone`);
      phone.presence();
      for (const client of [laptop, phone]) await stage.has(client, ['to a contact']);
      await stage.nothingPending(bob);
      for (const client of [laptop, phone]) {
        await client.flush();
        assert.deepEqual(sentIds(client), ['to a contact'], client.jid);
      }
    });
  },
  { otherComponent: GATEWAY, modules: PRIVILEGE },
);
