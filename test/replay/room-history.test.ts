import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJid } from '../../src/xmpp/jid.js';
import { bringsHistory, outOfRoom } from './room-scene.js';
import { ALICE, PHONE, ROOM, type Scene, withPhone } from './scene.js';

/** The phone joins, is brought what was said, shows its presence after so many ms, and joins again after so many. */
async function joinsTwice(scene: Scene, shows: number, again: number): Promise<void> {
  scene.say('m', ALICE);
  await scene.clock.pass(1_000);
  scene.join(PHONE, 'bob');
  bringsHistory(scene, 'm');
  await scene.clock.pass(shows);
  scene.login(PHONE);
  await scene.clock.pass(again);
  scene.join(PHONE, 'bob');
  await scene.clock.pass(60_000);
}

test('a stream that joins, shows its presence and joins again within a moment is one: what the history has brought it counts', async () => {
  const scene = await outOfRoom();
  scene.login(PHONE);
  await scene.clock.pass(10_000);
  await joinsTwice(scene, 24, 120);
  assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
});

test('so is one that is seen in its room first, shows its presence, and joins again more than a second later', async () => {
  const scene = await outOfRoom();
  await joinsTwice(scene, 370, 900);
  assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
});

test('the history of a room counts for a stream that joins at once, though the last one is still told that it is out', async () => {
  const scene = await withPhone();
  scene.login(ALICE);
  scene.join(PHONE, 'bob');
  scene.join(ALICE, 'alice');
  await scene.clock.pass(10_000);
  scene.fates[PHONE] = 'silent';
  scene.say('m', ALICE, PHONE);
  await scene.clock.pass(1_000);
  const jid = parseJid(PHONE);
  const ping = scene.pings.findLast(({ to }) => to === PHONE);
  assert.ok(jid !== null && ping !== undefined);
  scene.replay.pingReturned(jid, ping.id, 'terminated');
  // the room tells the session that has died, and alice is told of its end
  const user = "<x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x>";
  scene.copy(`<presence from='${ROOM}/bob' to='${PHONE}' type='unavailable'>${user}</presence>`);
  scene.told(PHONE);
  await scene.clock.pass(5);
  scene.asksRoster(PHONE);
  scene.asksToJoin(PHONE, 'bob');
  scene.login(PHONE);
  scene.placed(PHONE, 'bob');
  bringsHistory(scene, 'm');
  await scene.clock.pass(60_000);
  assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
});
