import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LATER, MOMENT, roomTells, toldOfLaptop } from './ended-scene.js';
import { ALICE, LAPTOP, PHONE, ROOM, Scene, withPhone } from './scene.js';

test('what came for its account after the end of a stream is owed to the next one, which is told who else is there', async () => {
  const scene = new Scene();
  scene.login(PHONE, 1);
  scene.login(LAPTOP);
  scene.join(PHONE, 'bob');
  await scene.clock.pass(LATER);
  roomTells(scene, PHONE, "<status code='110'/>");
  await scene.clock.pass(MOMENT);
  scene.message('m', 1); // the laptop gets it
  await scene.clock.pass(10);
  scene.login(PHONE, 1);
  toldOfLaptop(scene);
  await scene.clock.pass(LATER);
  assert.ok(scene.got(PHONE).includes('m'));
});

test('a session is gone whose end the server tells by an error for what was sent to it', async () => {
  const scene = await withPhone();
  const text = "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>User session not found</text>";
  scene.copy(
    `<iq from='${PHONE}' to='${ALICE}' type='error' id='v'><error type='cancel'>${text}</error></iq>`,
  );
  assert.deepEqual(scene.sessions.of('bob@alpha.test'), []);
});

describe('nothing is sent to a session that somebody was told has ended', () => {
  for (const [what, after] of [
    ['before its replay', 200],
    ['while the spool is asked whether it owes it something', 700],
    ['while the spool is asked for that', 1_200],
  ] as const) {
    test(what, async () => {
      const scene = await withPhone({ latency: 500 });
      scene.goes(PHONE);
      await scene.clock.pass(LATER);
      scene.message('waiting', 0);
      scene.login(PHONE);
      await scene.clock.pass(1_500);
      scene.message('live', 1); // and its ping is answered
      await scene.clock.pass(after);
      scene.fates[PHONE] = 'silent';
      scene.told(PHONE);
      await scene.clock.pass(LATER);
      assert.deepEqual(scene.got(PHONE), []);
    });
  }
});

test('a stream whose presence was not seen, for respool was not there, is told to have ended: the next one is owed all', async () => {
  const before = await withPhone();
  before.login(LAPTOP);
  before.join(PHONE, 'bob');
  before.join(LAPTOP, 'bobs laptop');
  await before.clock.pass(10_000);
  const scene = new Scene({ after: before, start: before.clock.date() });
  scene.fates[PHONE] = 'silent'; // its line is dead, the session is not
  scene.replay.online();
  await scene.clock.pass(300);
  scene.say('m', LAPTOP, PHONE);
  await scene.clock.pass(170);
  const muc = 'http://jabber.org/protocol/muc';
  scene.copy(
    `<presence from='${ROOM}/bob' to='${PHONE}' type='unavailable'><x xmlns='${muc}#user'><status code='110'/></x></presence>`,
  );
  scene.copy(`<presence from='${PHONE}' to='${LAPTOP}' type='unavailable'/>`);
  scene.login(PHONE);
  await scene.clock.pass(2);
  scene.join(PHONE, 'bob');
  await scene.clock.pass(20_000);
  assert.deepEqual(scene.got(PHONE), ['m']);
});

for (const [what, write] of [
  ['of what others wrote', (scene: Scene) => scene.message('m', 1)],
  ['of what another device wrote', (scene: Scene) => scene.message('m', 1, 'alice@alpha.test', LAPTOP)],
] as const) {
  test(`a replay ${what} that nobody was there for, and another device got, is not the next stream's`, async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    scene.login(ALICE);
    await scene.clock.pass(LATER);
    scene.goes(PHONE);
    write(scene);
    await scene.clock.pass(LATER);
    scene.login(PHONE);
    // its line breaks as it is sent
    scene.fate = jid => (jid === PHONE && scene.got(PHONE).length === 1 ? 'returned' : 'answered');
    await scene.clock.pass(2_500);
    assert.deepEqual(scene.got(PHONE), ['m']);
    scene.told(PHONE);
    await scene.clock.pass(80);
    scene.copy(`${scene.replayed.findLast(({ to }) => to === PHONE)?.stanza}`);
    await scene.clock.pass(170);
    scene.fate = () => 'answered';
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['m', 'm']);
    assert.deepEqual(scene.stored(), []);
  });
}
