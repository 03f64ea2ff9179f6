import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../../wait.js';
import type { Client } from '../client.js';
import { ComponentRoom, type Form } from '../component-room.js';
import { idsOf } from '../delivery.js';
import { NO_HISTORY, type Stage, suite } from './stage.js';

const OWNER = 'http://jabber.org/protocol/muc#owner';
const ADMIN = 'http://jabber.org/protocol/muc#admin';
const MUCSUB = 'urn:xmpp:mucsub';
const OTHER = 'rooms.test';
let rooms = 0;

const field = (name: string, value: string) => `<field var='${name}'><value>${value}</value></field>`;

/** alice's room with this setting. */
async function roomOf(
  stage: Stage,
  alice: Client,
  ...fields: [name: string, value: string][]
): Promise<string> {
  const room = `forms${++rooms}@conference.${stage.server.host}`;
  await alice.join(room, 'alice');
  const form = `<x xmlns='jabber:x:data' type='submit'>${fields.map(one => field(...one)).join('')}</x>`;
  await alice.request('set', `<query xmlns='${OWNER}'>${form}</query>`, room);
  return room;
}

/** bob's device has joined a room. */
async function joins(stage: Stage, device: string, room: string, nick = 'bob'): Promise<Client> {
  const client = await stage.bind(device);
  client.presence();
  await client.join(room, nick, NO_HISTORY);
  return client;
}

/** It was in the room, and its connection is gone, as this occupant is told. */
async function wasThere(stage: Stage, device: string, room: string, occupant: Client): Promise<void> {
  const client = await joins(stage, device, room);
  await stage.caughtUp();
  const gone = new Promise<void>(resolve => {
    occupant.on('element', ({ name, attrs }) => {
      if (name === 'presence' && attrs.type === 'unavailable' && attrs.from === `${room}/bob`) resolve();
    });
  });
  client.reset();
  await gone;
}

/** Bodies of what was said in a room to a client. */
const bodies = ({ messages }: Client, room: string) =>
  messages
    .filter(({ attrs }) => attrs.from?.startsWith(`${room}/`))
    .flatMap(message => message.getChildText('body') ?? []);

/** Waits until a room that was destroyed has ended: until then it takes joins, and does nothing. */
async function gone(stage: Stage, room: string): Promise<void> {
  const [name, service] = room.split('@');
  const find = `mod_muc:find_online_room(<<"${name}">>, <<"${service}">>)`;
  await until(`${room} is gone`, async () => (await stage.server.evaluate(find)) === 'error');
}

suite(
  'what the history of a room brings changed comes once',
  stage => {
    for (const [what, name, value] of [
      ['that is not anonymous', 'muc#roomconfig_whois', 'anyone'],
      ['that is', 'muc#roomconfig_whois', 'moderators'],
    ] as const) {
      test(`of a room ${what}, with and without ids`, async () => {
        const { alice, bob } = await stage.people();
        const room = await roomOf(stage, alice, [name, value]);
        await wasThere(stage, `${bob}/phone`, room, alice);
        const said = stage.write(alice, room, 30, 'groupchat');
        for (let n = 0; n < 5; n++) alice.message(room, 'ok', { id: null, type: 'groupchat' });
        const last = stage.write(alice, room, 3, 'groupchat');
        await stage.has(alice, last);
        await stage.caughtUp();
        const phone = await stage.bind(`${bob}/phone`);
        phone.presence();
        await phone.join(room, 'bob');
        await stage.eachOnce(bob, [...said, ...last], phone);
        assert.equal(bodies(phone, room).filter(body => body === 'ok').length, 5);
      });
    }

    test('what a bridge says, with a stamp of its own, is kept', async () => {
      const { alice, bob } = await stage.people();
      const room = await roomOf(stage, alice);
      await wasThere(stage, `${bob}/phone`, room, alice);
      const delay = "<delay xmlns='urn:xmpp:delay' from='bridge.test' stamp='2026-11-23T04:42:20Z'/>";
      alice.message(room, 'late', { id: 'late', type: 'groupchat', inside: delay });
      await stage.has(alice, ['late']);
      await stage.caughtUp();
      const phone = await joins(stage, `${bob}/phone`, room);
      await stage.eachOnce(bob, ['late'], phone);
    });

    test('what its writer takes back (XEP-0424) is not sent', async () => {
      const { alice, bob } = await stage.people();
      const room = await roomOf(stage, alice);
      await wasThere(stage, `${bob}/phone`, room, alice);
      const [before = '', bad = '', after = ''] = stage.write(alice, room, 3, 'groupchat');
      const retract = `<retract xmlns='urn:xmpp:message-retract:1' id='${bad}'/>`;
      alice.message(room, 'taken back', { id: `not ${bad}`, type: 'groupchat', inside: retract });
      await stage.has(alice, [`not ${bad}`]);
      await stage.caughtUp();
      const phone = await joins(stage, `${bob}/phone`, room);
      await stage.has(phone, [`not ${bad}`]);
      await stage.nothingPending(bob);
      assert.deepEqual(idsOf(phone.messages), [before, after, `not ${bad}`]);
    });

    for (const [what, ends] of [
      ['he is banned meanwhile, and unbanned', 'outcast'],
      ['the room is destroyed meanwhile', 'destroy'],
    ] as const) {
      test(`${what}: his devices get nothing of it, whichever was told`, async () => {
        const { alice, bob } = await stage.people();
        const room = await roomOf(stage, alice);
        await wasThere(stage, `${bob}/phone`, room, alice);
        const laptop = await joins(stage, `${bob}/laptop`, room, 'bobby');
        await stage.caughtUp();
        if (ends === 'destroy') {
          await alice.request('set', `<query xmlns='${OWNER}'><destroy/></query>`, room);
          await gone(stage, room);
          await alice.join(room, 'alice');
          await alice.request(
            'set',
            `<query xmlns='${OWNER}'><x xmlns='jabber:x:data' type='submit'/></query>`,
            room,
          );
        } else {
          for (const is of ['outcast', 'none']) {
            const item = `<item affiliation='${is}' jid='${bob}'/>`;
            await alice.request('set', `<query xmlns='${ADMIN}'>${item}</query>`, room);
          }
        }
        const meanwhile = stage.write(alice, room, 3, 'groupchat');
        await stage.has(alice, meanwhile);
        await stage.caughtUp();
        const phone = await joins(stage, `${bob}/phone`, room);
        await laptop.join(room, 'bobby', NO_HISTORY);
        const later = stage.write(alice, room, 1, 'groupchat');
        await stage.eachOnce(bob, later, phone, laptop);
      });
    }

    test('he is banned while he is out, and unbanned: he gets nothing of what was said meanwhile', async () => {
      const { alice, bob } = await stage.people();
      const room = await roomOf(stage, alice);
      await wasThere(stage, `${bob}/phone`, room, alice);
      for (const is of ['outcast', 'none']) {
        const item = `<item affiliation='${is}' jid='${bob}'/>`;
        await alice.request('set', `<query xmlns='${ADMIN}'>${item}</query>`, room);
        if (is === 'outcast') await stage.has(alice, stage.write(alice, room, 3, 'groupchat'));
      }
      await stage.caughtUp();
      const phone = await joins(stage, `${bob}/phone`, room);
      const later = stage.write(alice, room, 1, 'groupchat');
      await stage.eachOnce(bob, later, phone);
    });

    test('he tries to come back to a room that was made one for members: he gets nothing later', async () => {
      const { alice, bob } = await stage.people();
      const room = await roomOf(stage, alice);
      await wasThere(stage, `${bob}/phone`, room, alice);
      const membersOnly = (is: string) => {
        const form = `<x xmlns='jabber:x:data' type='submit'>${field('muc#roomconfig_membersonly', is)}</x>`;
        return alice.request('set', `<query xmlns='${OWNER}'>${form}</query>`, room);
      };
      await membersOnly('1');
      await stage.has(alice, stage.write(alice, room, 3, 'groupchat'));
      const barred = await stage.bind(`${bob}/phone`);
      barred.presence();
      const refused = new Promise<void>(resolve => {
        barred.on('element', ({ name, attrs }) => {
          if (name === 'presence' && attrs.type === 'error') resolve();
        });
      });
      barred.send(`<presence to='${room}/bob'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
      await refused;
      await membersOnly('0');
      await barred.join(room, 'bob', NO_HISTORY);
      const later = stage.write(alice, room, 1, 'groupchat');
      await stage.eachOnce(bob, later, barred);
    });

    test('a device that subscribes (MucSub) and joins gets one form of each message', async () => {
      const { alice, bob } = await stage.people();
      const room = await roomOf(stage, alice, ['allow_subscription', '1']);
      const first = await joins(stage, `${bob}/phone`, room);
      const events = `<event node='${MUCSUB}:nodes:messages'/>`;
      await first.request('set', `<subscribe xmlns='${MUCSUB}:0' nick='bob'>${events}</subscribe>`, room);
      await stage.caughtUp();
      first.reset();
      const phone = await stage.bind(`${bob}/phone`);
      phone.presence();
      await stage.there(bob);
      const said = stage.write(alice, room, 5, 'groupchat');
      await stage.has(phone, said);
      await phone.join(room, 'bob', NO_HISTORY);
      const later = stage.write(alice, room, 2, 'groupchat');
      await stage.eachOnce(bob, [...said, ...later], phone);
    });
  },
  {},
);

suite(
  'a room as of ejabberd 26.03, without an archive',
  stage => {
    let room: ComponentRoom;
    before(async () => {
      room = await ComponentRoom.open(stage.server, OTHER);
    });
    after(() => room.close());

    test('which says its ids in live copies alone: each message once', async () => {
      const { alice, bob } = await stage.people();
      await alice.join(room.jid, 'alice', NO_HISTORY);
      await wasThere(stage, `${bob}/phone`, room.jid, alice);
      const said = stage.write(alice, room.jid, 30, 'groupchat');
      await stage.has(alice, said);
      await stage.caughtUp();
      const phone = await stage.bind(`${bob}/phone`);
      phone.presence();
      await phone.join(room.jid, 'bob');
      await stage.eachOnce(bob, said, phone);
      await alice.leave(room.jid, 'alice');
    });

    for (const form of ['today', 'before'] as Form[]) {
      test(`which moderates in the form of ${form}: the moderator's word comes in place of the message`, async () => {
        const { alice, bob } = await stage.people();
        await alice.join(room.jid, 'alice', NO_HISTORY);
        await wasThere(stage, `${bob}/phone`, room.jid, alice);
        const [before = '', bad = ''] = stage.write(alice, room.jid, 2, 'groupchat');
        await stage.has(alice, [before, bad]);
        const id = room.idOf(bad);
        assert.ok(id !== null);
        room.moderate(id, form);
        const [later = ''] = stage.write(alice, room.jid, 1, 'groupchat');
        await stage.has(alice, [later]);
        await stage.caughtUp();
        const phone = await joins(stage, `${bob}/phone`, room.jid);
        await stage.has(phone, [later]);
        await stage.nothingPending(bob);
        const got = phone.messages
          .filter(({ attrs }) => attrs.from?.startsWith(room.jid) && attrs.type === 'groupchat')
          .flatMap(message => message.attrs.id ?? message.getChildElements()[0]?.name ?? '');
        assert.deepEqual(
          got.filter(one => one !== 'subject'),
          [before, form === 'today' ? 'retract' : 'apply-to', later],
        );
        await alice.leave(room.jid, 'alice');
      });
    }
  },
  { otherComponent: OTHER, oneByOne: true },
);
