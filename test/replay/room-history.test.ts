import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJid } from '../../src/xmpp/jid.js';
import { ALICE, PHONE, ROOM, withPhone } from './scene.js';

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
  const stamp = new Date(scene.clock.date() - 1_000).toISOString();
  const delay = `<delay xmlns='urn:xmpp:delay' from='${ROOM}' stamp='${stamp}'/>`;
  scene.copy(
    `<message from='${ROOM}/eve' to='${PHONE}' type='groupchat' id='m'><body>m</body>${delay}</message>`,
  );
  await scene.clock.pass(60_000);
  assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
});
