import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LATER, OTHER, outOfRoom, says } from './room-scene.js';
import { LAPTOP, PHONE, ROOM, Scene } from './scene.js';

const USER = 'http://jabber.org/protocol/muc#user';
const BOTH = [PHONE, LAPTOP];

/** The room tells an occupant of another one, that is out. */
function isOut(scene: Scene, to: string, inside: string, codes: readonly number[], of = 'bobby'): void {
  const statuses = codes.map(code => `<status code='${code}'/>`).join('');
  scene.copy(
    `<presence from='${ROOM}/${of}' to='${to}' type='unavailable'><x xmlns='${USER}'>${inside}${statuses}</x></presence>`,
  );
}

/** The room tells the moderator of an affiliation, as of who is out (XEP-0045, 9.1). */
function affiliation(scene: Scene, of: string, is: string, room = ROOM): void {
  scene.copy(
    `<message from='${room}' to='${OTHER}' id='a'><x xmlns='${USER}'><item jid='${of}' affiliation='${is}' role='none'/></x></message>`,
  );
}

const BAN =
  "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='outcast' jid='bob@alpha.test'/></query>";
const DESTROY = "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>";

/** The room is asked, and answers so. */
function asked(scene: Scene, query: string, answer?: 'result' | 'error'): void {
  scene.copy(`<iq from='${OTHER}' to='${ROOM}' type='set' id='q'>${query}</iq>`);
  scene.copy(`<iq from='other@conference.alpha.test' to='${OTHER}' type='result' id='q'/>`);
  if (answer !== undefined) scene.copy(`<iq from='${ROOM}' to='${OTHER}' type='${answer}' id='q'/>`);
}

/** The room does not let the phone in. */
function refused(scene: Scene, condition: string): void {
  scene.login(PHONE);
  scene.copy(
    `<presence from='${PHONE}' to='${ROOM}/bob'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
  );
  scene.copy(
    `<presence from='${ROOM}/bob' to='${PHONE}' type='error'><error type='auth'>` +
      `<${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`,
  );
  scene.goes(PHONE);
}

const item = (jid: string, is = 'none') => `<item jid='${jid}' affiliation='${is}' role='none'/>`;

/** What happens while the phone is out and the laptop is in the room, and who still belongs there. */
const CASES: [what: string, happens: (scene: Scene) => void, belong: readonly string[]][] = [
  ['nothing', () => undefined, BOTH],
  ['banned (301): others are told', scene => isOut(scene, OTHER, item(LAPTOP, 'outcast'), [301]), []],
  [
    'banned: it alone is told',
    scene => isOut(scene, LAPTOP, "<item affiliation='outcast'/>", [301, 110]),
    [],
  ],
  [
    'banned: nobody is told who it was',
    scene => isOut(scene, OTHER, "<item affiliation='outcast'/>", [301]),
    BOTH,
  ],
  [
    'banned while out, and unbanned',
    scene => ['outcast', 'none'].map(is => affiliation(scene, 'bob@alpha.test', is)),
    [],
  ],
  ['somebody else is banned', scene => affiliation(scene, 'bobby@alpha.test', 'outcast'), BOTH],
  [
    'banned from another room',
    scene => affiliation(scene, 'bob@alpha.test', 'outcast', 'other@conference.alpha.test'),
    BOTH,
  ],
  ['banned by who is not there, and gets an answer', scene => asked(scene, BAN, 'result'), []],
  ['somebody may not ban him', scene => asked(scene, BAN, 'error'), BOTH],
  ['somebody asks to ban him, and gets no answer', scene => asked(scene, BAN), BOTH],
  ['its owner destroys the room', scene => asked(scene, DESTROY, 'result'), []],
  ['made a member', scene => affiliation(scene, 'bob@alpha.test', 'member'), BOTH],
  ['kicked (307): others are told', scene => isOut(scene, OTHER, item(LAPTOP), [307]), [PHONE]],
  ['kicked: it is told', scene => isOut(scene, LAPTOP, item(LAPTOP), [307, 110]), [PHONE]],
  ['no member any more, of a room for members (321)', scene => isOut(scene, OTHER, item(LAPTOP), [321]), []],
  ['the room is made one for members (322)', scene => isOut(scene, OTHER, item(LAPTOP), [322]), []],
  ['the service goes (332)', scene => isOut(scene, LAPTOP, item(LAPTOP), [110, 332]), BOTH],
  [
    'its connection fails (333), which is said as a kick',
    scene => isOut(scene, LAPTOP, item(LAPTOP), [110, 307, 333]),
    BOTH,
  ],
  ['it takes another nick (303)', scene => isOut(scene, LAPTOP, item(LAPTOP), [110, 303]), BOTH],
  ['its session ends (110)', scene => isOut(scene, LAPTOP, item(LAPTOP), [110]), BOTH],
  [
    'the room is destroyed',
    scene => isOut(scene, OTHER, "<item affiliation='none' role='none'/><destroy/>", [], 'alice'),
    [],
  ],
  ['not let in: banned', scene => refused(scene, 'forbidden'), []],
  ['not let in: no member', scene => refused(scene, 'registration-required'), []],
  ['not let in: no password', scene => refused(scene, 'not-authorized'), BOTH],
  ['not let in: its nick is taken', scene => refused(scene, 'conflict'), BOTH],
];

const members = (scene: Scene) =>
  scene.db
    .prepare(
      `SELECT jid || '/' || resource FROM room_member JOIN device ON device.id = device JOIN account ON account.id = account
        WHERE jid LIKE 'bob@%' ORDER BY resource DESC`,
    )
    .pluck()
    .all();

/** The phone is out, the laptop and alice are in the room. */
async function scene(): Promise<Scene> {
  const scene = await outOfRoom();
  scene.login(LAPTOP);
  scene.join(LAPTOP, 'bobby');
  await scene.clock.pass(LATER);
  return scene;
}

describe('what was said while they belonged to the room no more is not sent', () => {
  for (const [what, happens, belong] of CASES) {
    test(`${what}: to ${BOTH.filter(jid => !belong.includes(jid)).join(' and ') || 'nobody'}`, async () => {
      const room = await scene();
      happens(room);
      await room.clock.pass(LATER);
      assert.deepEqual(members(room), belong);
      says(room, { id: 'meanwhile', body: 'meanwhile' }, OTHER);
      room.goes(LAPTOP);
      await room.clock.pass(LATER);
      for (const [nick, jid] of [
        ['bob', PHONE],
        ['bobby', LAPTOP],
      ] as const) {
        room.login(jid);
        room.join(jid, nick);
        await room.clock.pass(LATER);
        assert.deepEqual(room.got(jid), belong.includes(jid) ? ['meanwhile'] : [], jid);
      }
    });
  }
});

describe('a room that bars', () => {
  test('somebody who has not asked to be let in bars nobody', async () => {
    const room = await scene();
    room.copy(
      `<presence from='${ROOM}/bobby' to='${LAPTOP}' type='error'><error type='auth'>` +
        "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
    );
    await room.clock.pass(LATER);
    assert.deepEqual(members(room), BOTH);
  });

  test('and is destroyed has nothing pending any more', async () => {
    const room = await scene();
    says(room, { id: 'before', body: 'before' }, OTHER, LAPTOP);
    isOut(room, OTHER, "<item affiliation='none' role='none'/><destroy/>", [], 'alice');
    await room.clock.pass(LATER);
    room.spool.apply([{ do: 'sweep', at: room.clock.date() }]);
    assert.equal(room.db.prepare('SELECT count(*) FROM room_message').pluck().get(), 0);
    assert.equal(room.db.prepare('SELECT count(*) FROM room').pluck().get(), 0);
  });
});

test('who is found in a room without having asked, and is banned in that moment, belongs there no more', async () => {
  const first = await outOfRoom();
  const scene = new Scene({ after: first, latency: 50 });
  scene.replay.online();
  scene.login(OTHER);
  scene.join(OTHER, 'alice');
  scene.login(PHONE);
  await scene.clock.pass(LATER);
  scene.copy(
    `<presence from='${ROOM}/bob' to='${PHONE}'><x xmlns='${USER}'><status code='110'/></x></presence>`,
  );
  isOut(scene, OTHER, item(PHONE, 'outcast'), [301], 'bob');
  await scene.clock.pass(LATER);
  const members = scene.db.prepare(
    'SELECT jid FROM room_member JOIN device ON device.id = device JOIN account ON account.id = account',
  );
  assert.deepEqual(members.pluck().all(), ['alice@alpha.test']);
});
