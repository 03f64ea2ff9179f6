import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  comesBack,
  keptInRooms,
  OTHER,
  outOfRoom,
  says,
  stampOf,
  stanzaId,
  type Told,
} from './room-scene.js';
import { PHONE, type Scene } from './scene.js';

const RETRACT = 'urn:xmpp:message-retract';
const MODERATE = 'urn:xmpp:message-moderate';
const occupant = (id: string) => `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='${id}'/>`;

const retract = (id: string, inside = '') => `<retract xmlns='${RETRACT}:1' id='${id}'>${inside}</retract>`;
const fasten = (id: string, inside: string) =>
  `<apply-to xmlns='urn:xmpp:fasten:0' id='${id}'>${inside}</apply-to>`;
/** The forms in which something is taken back, of today and of before; ejabberd writes the latter. */
const MODERATED = [
  (id: string) => retract(id, `<moderated xmlns='${MODERATE}:1' by='garden/mod'/><reason>spam</reason>`),
  (id: string) =>
    fasten(
      id,
      `<moderated xmlns='${MODERATE}:0' by='garden/mod'><retract xmlns='${RETRACT}:0'/></moderated>`,
    ),
];
const RETRACTED = [
  (id: string) => retract(id),
  (id: string) => fasten(id, `<retract xmlns='${RETRACT}:0'/>`),
];

const BAD: Told = { id: 'bad', body: 'bad', more: stanzaId('77') };

/** What was replayed to the phone: words, or what is in it beside. */
const got = (scene: Scene) =>
  scene.replayed
    .filter(({ to }) => to === PHONE)
    .map(({ body, stanza }) => body ?? stanza.getChildElements()[0]?.name);

/** The phone is out while this is said, and comes back. */
async function missed(...told: Told[]): Promise<Scene> {
  const scene = await outOfRoom();
  for (const one of told) says(scene, one, OTHER);
  await comesBack(scene);
  assert.equal(keptInRooms(scene), 0);
  return scene;
}

describe('what is taken back while it is pending is not sent', () => {
  for (const [form, moderated] of MODERATED.entries()) {
    test(`by a moderator (XEP-0425), form ${form}: the room's word comes in place of it`, async () => {
      const scene = await missed(
        { body: 'before' },
        BAD,
        { by: '', more: moderated('77') },
        { body: 'after' },
      );
      assert.deepEqual(got(scene), ['before', form === 0 ? 'retract' : 'apply-to', 'after']);
      assert.equal(scene.counter('dropped'), 1);
    });

    test(`by a moderator, form ${form}: an occupant cannot say it in place of the room`, async () => {
      const scene = await missed(BAD, { by: 'mallory', more: moderated('77') });
      assert.deepEqual(got(scene), ['bad', form === 0 ? 'retract' : 'apply-to']);
    });
  }

  for (const [form, retracted] of RETRACTED.entries()) {
    for (const id of ['77', 'bad']) {
      test(`by its writer (XEP-0424), form ${form}, who calls it ${id}`, async () => {
        const scene = await missed(BAD, { id: 'r', more: retracted(id) }, { body: 'after' });
        assert.deepEqual(got(scene), [form === 0 ? 'retract' : 'apply-to', 'after']);
      });
    }
  }

  test('nobody else takes it back', async () => {
    const scene = await missed(BAD, { id: 'r', by: 'mallory', more: retract('77') });
    assert.deepEqual(got(scene), ['bad', 'retract']);
  });

  test('its writer does under another nick, where the room says who he is (XEP-0421)', async () => {
    const bad = { ...BAD, more: stanzaId('77') + occupant('eve') };
    const scene = await missed(bad, { id: 'r', by: 'evelyn', more: retract('77') + occupant('eve') });
    assert.deepEqual(got(scene), ['retract']);
  });

  test('and nobody else who has his nick later', async () => {
    const bad = { ...BAD, more: stanzaId('77') + occupant('eve') };
    const scene = await missed(bad, { id: 'r', more: retract('77') + occupant('mallory') });
    assert.deepEqual(got(scene), ['bad', 'retract']);
  });

  test('also where only the history of the room says so to who comes back', async () => {
    const scene = await outOfRoom();
    says(scene, BAD, OTHER);
    const [moderated] = MODERATED;
    await comesBack(scene, () => says(scene, { by: '', more: moderated?.('77') + stampOf(2) }, PHONE));
    assert.deepEqual(got(scene), []);
    assert.equal(keptInRooms(scene), 0);
  });

  test('one that the device has had, and not proved, is followed by what takes it back', async () => {
    const scene = await outOfRoom();
    await comesBack(scene);
    scene.fates[PHONE] = 'silent';
    says(scene, BAD, PHONE, OTHER);
    scene.goes(PHONE);
    says(scene, { by: '', more: MODERATED[1]?.('77') ?? '' }, OTHER);
    await comesBack(scene);
    assert.deepEqual(got(scene), ['apply-to']);
  });
});

test('what is taken back is not counted as delivered to who had it before', async () => {
  const scene = await outOfRoom();
  await comesBack(scene);
  const before = scene.counter('delivered');
  says(scene, BAD, PHONE, OTHER);
  says(scene, { by: '', more: MODERATED[0]?.('77') ?? '' }, PHONE, OTHER);
  await scene.clock.pass(10_000);
  assert.equal(scene.counter('delivered') - before, 2, "the moderator's word to both");
});

describe('of what the room itself says', () => {
  test('nothing else is kept: a subject, a change of its settings', async () => {
    const scene = await outOfRoom();
    says(scene, { by: '', more: '<subject>new</subject>' }, OTHER);
    says(
      scene,
      { by: '', more: "<x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x>" },
      OTHER,
    );
    says(scene, { by: '', body: 'welcome' }, OTHER);
    says(scene, { by: '', more: retract('77') }, OTHER);
    await comesBack(scene);
    assert.deepEqual(got(scene), []);
  });
});

describe('what refers to a message that is pending', () => {
  test('comes after it: correction (XEP-0308) and reaction (XEP-0444)', async () => {
    const scene = await missed(
      { id: 'a', body: 'helo', more: stanzaId('1') },
      {
        id: 'b',
        body: 'hello',
        more: `<replace xmlns='urn:xmpp:message-correct:0' id='a'/>${stanzaId('2')}`,
      },
      { id: 'c', by: 'dan', more: `<reactions xmlns='urn:xmpp:reactions:0' id='1'/>${stanzaId('3')}` },
    );
    assert.deepEqual(got(scene), ['helo', 'hello', 'reactions']);
  });
});
