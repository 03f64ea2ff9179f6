import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PHONE, ROOM, Scene, withPhone } from '../replay/scene.js';

const MUC_USER = 'http://jabber.org/protocol/muc#user';
const STAMP = "<delay xmlns='urn:xmpp:delay' from='evil.test' stamp='2026-11-23T04:42:20Z'/>";

const said = (room: string, more = '') =>
  `<message from='${room}/eve' to='${PHONE}' type='groupchat' id='e'><body>listen</body>${more}</message>`;
const placed = (room: string) =>
  `<presence from='${room}/bob' to='${PHONE}'><x xmlns='${MUC_USER}'><status code='110'/></x></presence>`;

/** What a stranger can send to a full JID to look like a room that has let it in. */
const PRETENCES: [what: string, stanza: (room: string) => string][] = [
  ['what is said in it', room => said(room)],
  ['its history', room => said(room, STAMP)],
  ['its word that the device is in', room => placed(room)],
  ['both', room => placed(room) + said(room)],
];

/** A stranger's room shows itself to the phone. */
function pretends(scene: Scene, stanzas: string): void {
  for (const stanza of stanzas.split(/(?<=<\/message>|<\/presence>)/)) scene.copy(stanza);
}

const count = (scene: Scene, table: 'room' | 'room_member' | 'room_message') =>
  scene.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
const members = (scene: Scene) =>
  scene.db
    .prepare('SELECT jid FROM room_member JOIN room ON room.id = room_member.room ORDER BY jid')
    .pluck()
    .all();

describe('a room that a session has not asked to let it in', () => {
  for (const [what, stanza] of PRETENCES) {
    test(`by ${what} it comes to be no room, and the device no member`, async () => {
      const scene = await withPhone();
      for (let n = 0; n < 50; n++) pretends(scene, stanza(`room${n}@evil.test`));
      await scene.clock.pass(60_000);
      assert.deepEqual(
        [count(scene, 'room'), count(scene, 'room_member'), count(scene, 'room_message')],
        [0, 0, 0],
      );
      assert.equal(scene.sessions.of('bob@alpha.test')[0]?.rooms, null, 'nor is it remembered');
    });

    test(`by ${what} it puts no replay off`, async () => {
      const scene = await withPhone();
      scene.goes(PHONE);
      scene.message('owed', 0);
      await scene.clock.pass(60_000);
      scene.login(PHONE);
      for (let n = 0; n < 6; n++) {
        await scene.clock.pass(500);
        pretends(scene, stanza(`room${n}@evil.test`));
      }
      assert.deepEqual(scene.got(PHONE), ['owed']);
    });
  }

  test('has not let it in either where the session said to it how it is, and got no answer', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='garden@evil.test/bob'><show>away</show></presence>`);
    await scene.clock.pass(10_000);
    assert.equal(count(scene, 'room'), 0);
  });
});

describe('a room whose letting in was not seen, for respool was not there', () => {
  /** The phone was in the room, and respool is ended and begun again. */
  async function restarted(): Promise<Scene> {
    const before = await withPhone();
    before.join(PHONE, 'bob');
    before.say('heard', PHONE);
    await before.clock.pass(10_000);
    const scene = new Scene({ after: before });
    scene.replay.online();
    await scene.clock.pass(10_000);
    return scene;
  }

  test('is believed where the spool knows the device as a member: what it says is owed, and proved', async () => {
    const scene = await restarted();
    scene.say('live', PHONE);
    await scene.clock.pass(10_000);
    assert.ok(scene.sessions.of('bob@alpha.test')[0]?.rooms?.has(ROOM), 'the session is in it');
    scene.fates[PHONE] = 'silent';
    scene.say('unproved', PHONE);
    scene.goes(PHONE);
    await scene.clock.pass(10_000);
    scene.login(PHONE);
    scene.join(PHONE, 'bob');
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['unproved']);
  });

  test('and its word of another nick is taken', async () => {
    const scene = await restarted();
    scene.placed(PHONE, 'robert');
    await scene.clock.pass(10_000);
    assert.equal(scene.db.prepare('SELECT nick FROM room_member').pluck().get(), 'robert');
  });

  test('any other one is not, until the device joins again or says there how it is', async () => {
    const scene = await restarted();
    const other = 'other@conference.alpha.test';
    scene.copy(said(other));
    await scene.clock.pass(10_000);
    assert.deepEqual(members(scene), [ROOM]);
    scene.copy(`<presence from='${PHONE}' to='${other}/bob'><show>away</show></presence>`);
    scene.copy(placed(other));
    await scene.clock.pass(10_000);
    assert.deepEqual(members(scene), [ROOM, other]);
  });
});
