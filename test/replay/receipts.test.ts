import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, LAPTOP, PHONE, type Scene, withPhone } from './scene.js';

const MARKERS = 'urn:xmpp:chat-markers:0';
const received = (id: string) => `<received xmlns='urn:xmpp:receipts' id='${id}'/>`;

function says(scene: Scene, from: string, to: string, inside: string, type = 'chat'): void {
  scene.copy(`<message from='${from}' to='${to}' type='${type}'>${inside}</message>`);
}

/** The phone has been handed messages, and answers no ping. */
async function handed(...ids: string[]): Promise<Scene> {
  const scene = await withPhone();
  scene.fates[PHONE] = 'silent';
  for (const id of ids) scene.message(id, 1);
  await scene.clock.pass(500);
  return scene;
}

/** Ids of what bob is owed, but for receipts, which have none here. */
function owed(scene: Scene): (string | null)[] {
  return scene
    .stored()
    .filter(({ account, id }) => account === 'bob@alpha.test' && id !== null)
    .map(({ id }) => id);
}

/** Ids of what was replayed to a device; see above. */
function gotBy(scene: Scene, jid: string): (string | undefined)[] {
  return scene.got(jid).filter(id => id !== undefined);
}

/** What is given to the phone again when it has gone and comes back. */
async function again(scene: Scene): Promise<(string | undefined)[]> {
  scene.goes(PHONE);
  scene.login(PHONE);
  await scene.clock.pass(10_000);
  return gotBy(scene, PHONE);
}

describe('a message that a device itself says it has', () => {
  for (const [what, sign] of [
    ['by a receipt (XEP-0184)', received('m')],
    ['by a marker (XEP-0333)', `<displayed xmlns='${MARKERS}' id='m'/>`],
  ] as const) {
    test(`is proved ${what}, and it alone`, async () => {
      const scene = await handed('m', 'other');
      says(scene, PHONE, ALICE, sign);
      assert.deepEqual(owed(scene), ['other']);
      assert.deepEqual(await again(scene), ['other']);
    });
  }

  test('is proved where its sender is told by his bare JID', async () => {
    const scene = await handed('m');
    says(scene, PHONE, 'alice@alpha.test', received('m'));
    assert.deepEqual(owed(scene), []);
  });

  test('is proved where a replay has brought it', async () => {
    const scene = await withPhone();
    scene.goes(PHONE);
    scene.message('m', 0);
    scene.login(PHONE);
    await scene.clock.pass(2_500);
    assert.deepEqual(scene.got(PHONE), ['m']);
    says(scene, PHONE, ALICE, received('m'));
    assert.deepEqual(owed(scene), []);
    assert.equal(scene.counter('replayed'), 1);
  });

  test('is owed to the other devices as before', async () => {
    const scene = await handed();
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    scene.goes(LAPTOP);
    scene.message('m', 1);
    says(scene, PHONE, ALICE, received('m'));
    assert.deepEqual(owed(scene), ['m']);
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    assert.deepEqual([gotBy(scene, LAPTOP), gotBy(scene, PHONE), owed(scene)], [['m'], [], []]);
  });
});

describe('a message is not proved by', () => {
  const EVE = 'eve@alpha.test/pc';
  for (const [what, from, to, inside, type] of [
    ['a receipt of somebody else', EVE, ALICE, received('m')],
    ['a receipt of another device', LAPTOP, ALICE, received('m')],
    ['a receipt for a message of somebody else', PHONE, EVE, received('m')],
    ['a receipt for another message', PHONE, ALICE, received('n')],
    ['a request for a receipt', PHONE, ALICE, "<request xmlns='urn:xmpp:receipts'/><body>x</body>"],
    ['something that calls itself received', PHONE, ALICE, "<received xmlns='urn:example' id='m'/>"],
    ['a receipt inside of something else', PHONE, ALICE, `<x xmlns='urn:example'>${received('m')}</x>`],
    ['a receipt that came back', PHONE, ALICE, received('m'), 'error'],
  ] as const) {
    test(what, async () => {
      const scene = await handed('m');
      says(scene, from, to, inside, type);
      assert.deepEqual(await again(scene), ['m']);
    });
  }

  test('a receipt of a device that was not handed it', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP, -1);
    scene.fates[PHONE] = 'silent';
    scene.message('m', 1);
    says(scene, LAPTOP, ALICE, received('m'));
    assert.deepEqual(await again(scene), ['m']);
  });

  test('a receipt that would have the spool look through much else', async () => {
    const ids = Array.from({ length: 101 }, (_, n) => `m${n}`);
    const scene = await handed(...ids);
    says(scene, PHONE, ALICE, received('m100'));
    assert.deepEqual(owed(scene), ids);
    says(scene, PHONE, ALICE, received('m99'));
    assert.equal(owed(scene).length, 100);
  });

  test('a carbon of a receipt, which the account sends itself', async () => {
    const scene = await handed('m');
    const own = `<message xmlns='jabber:client' from='${PHONE}' to='${ALICE}' type='chat'>${received('m')}</message>`;
    const forwarded = `<forwarded xmlns='urn:xmpp:forward:0'>${own}</forwarded>`;
    says(scene, 'bob@alpha.test', LAPTOP, `<sent xmlns='urn:xmpp:carbons:2'>${forwarded}</sent>`);
    assert.deepEqual(await again(scene), ['m']);
  });

  test('a receipt of long ago that only now reaches whom it was sent to', async () => {
    const scene = await handed('m');
    const stamp = "<delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='2026-01-01T00:00:00Z'/>";
    says(scene, PHONE, ALICE, received('m') + stamp);
    assert.deepEqual(await again(scene), ['m']);
  });
});
