import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { comesBack, keptInRooms, LATER, OTHER, outOfRoom, says, stampOf, stanzaId } from './room-scene.js';
import { PHONE, ROOM, type Scene } from './scene.js';

const BOB = 'bob@alpha.test';
const NODE = 'urn:xmpp:mucsub:nodes:messages';
const EVENT = 'http://jabber.org/protocol/pubsub#event';

/** How what is said looks to a subscriber, and whether it has the room's id. */
const inner = (body: string, hasId: boolean) =>
  `<message xmlns='jabber:client' from='${ROOM}/eve' type='groupchat' id='${body}'><body>${body}</body>` +
  `${hasId ? stanzaId(body) : ''}</message>`;

function event(scene: Scene, body: string, hasId: boolean, more = ''): void {
  scene.copy(
    `<message from='${ROOM}' to='${BOB}' id='e ${body}'><event xmlns='${EVENT}'><items node='${NODE}'>` +
      `<item id='1'>${inner(body, hasId)}</item></items></event>${more}</message>`,
  );
}

/** mod_offline stores it, as mod_push_offline says. */
function pushed(scene: Scene, body: string, hasId: boolean): void {
  scene.feed(
    `<message from='${BOB}' to='respool.alpha.test' id='p ${body}'><event xmlns='${EVENT}'>` +
      `<items node='urn:xmpp:push:nodes:messages'><item id='p ${body}'>${inner(body, hasId)}</item></items></event></message>`,
  );
}

/** The phone subscribes, some time before. */
async function subscribed(): Promise<Scene> {
  const scene = await outOfRoom();
  scene.login(PHONE);
  const subscribe =
    "<subscribe xmlns='urn:xmpp:mucsub:0' nick='bob'><event node='urn:xmpp:mucsub:nodes:messages'/></subscribe>";
  scene.copy(`<iq from='${PHONE}' to='${ROOM}' type='set' id='s'>${subscribe}</iq>`);
  scene.goes(PHONE);
  await scene.clock.pass(LATER);
  return scene;
}

const live = (scene: Scene, body: string, hasId: boolean) =>
  says(scene, { id: body, body, more: hasId ? stanzaId(body) : '' }, OTHER);

/** In which form each message was replayed to the phone. */
const forms = (scene: Scene) =>
  scene.replayed
    .filter(({ to }) => to === PHONE)
    .map(({ body, stanza }) =>
      body === null
        ? `event ${stanza.getChild('event')?.getChild('items')?.getChild('item')?.getChild('message')?.attrs.id}`
        : `said ${body}`,
    );

function left(scene: Scene): unknown[] {
  return [keptInRooms(scene), scene.stored().filter(({ account }) => account === BOB).length];
}

for (const hasId of [true, false]) {
  describe(`a device that subscribes to a room (MucSub) and is in it at times; ids of the room: ${hasId}`, () => {
    test('gets the form of subscribers before it joins, and not the other one then', async () => {
      const scene = await subscribed();
      for (const body of ['one', 'two']) {
        pushed(scene, body, hasId);
        live(scene, body, hasId);
      }
      await scene.clock.pass(LATER);
      scene.login(PHONE);
      await scene.clock.pass(LATER);
      assert.deepEqual(forms(scene), ['event one', 'event two']);
      scene.join(PHONE, 'bob');
      await scene.clock.pass(LATER);
      assert.deepEqual(forms(scene), ['event one', 'event two']);
      assert.deepEqual(left(scene), [0, 0]);
    });

    test('and what the history of the room brings it, is not sent as an event', async () => {
      const scene = await subscribed();
      pushed(scene, 'one', hasId);
      live(scene, 'one', hasId);
      pushed(scene, 'two', hasId);
      live(scene, 'two', hasId);
      await scene.clock.pass(LATER);
      await comesBack(scene, () => {
        says(scene, { id: 'two', body: 'two', more: (hasId ? stanzaId('two') : '') + stampOf(2) }, PHONE);
      });
      assert.deepEqual(forms(scene), ['event one']);
      assert.deepEqual(left(scene), [0, 0]);
    });

    for (const first of ['event', 'live'] as const) {
      test(`gets an event live, the ${first} is copied first: nothing of it when it joins`, async () => {
        const scene = await subscribed();
        scene.login(PHONE);
        await scene.clock.pass(LATER);
        if (first === 'event') event(scene, 'one', hasId);
        live(scene, 'one', hasId);
        if (first === 'live') event(scene, 'one', hasId);
        await scene.clock.pass(LATER);
        live(scene, 'two', hasId);
        scene.join(PHONE, 'bob');
        await scene.clock.pass(LATER);
        assert.deepEqual(forms(scene), ['said two'], 'of which no event was sent');
        assert.deepEqual(left(scene), [0, 0]);
      });
    }

    test('and dies before it has proved the event: gets one form of it', async () => {
      const scene = await subscribed();
      scene.login(PHONE);
      await scene.clock.pass(LATER);
      scene.fates[PHONE] = 'silent';
      event(scene, 'one', hasId);
      live(scene, 'one', hasId);
      scene.goes(PHONE);
      await scene.clock.pass(LATER);
      await comesBack(scene);
      assert.deepEqual(forms(scene), ['event one']);
      assert.deepEqual(left(scene), [0, 0]);
    });
  });
}

test('a device that has never subscribed is given both forms, for it may show nothing of an event', async () => {
  const scene = await outOfRoom();
  pushed(scene, 'one', true);
  live(scene, 'one', true);
  await scene.clock.pass(LATER);
  scene.login(PHONE);
  await scene.clock.pass(LATER);
  scene.join(PHONE, 'bob');
  await scene.clock.pass(LATER);
  assert.deepEqual(forms(scene), ['event one', 'said one']);
  assert.deepEqual(left(scene), [0, 0]);
});
