import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kinds } from '../rules/kinds.js';
import { ALICE, LAPTOP, PHONE, type Scene, withPhone } from './scene.js';

const ACCOUNT = 'bob@alpha.test';
const BODY = '<body>hush</body>';
const REPLACING = ['correction (XEP-0308)', 'retraction (XEP-0424)', 'retraction, older (XEP-0424)'];
const CORRECTION = kinds('m1')['correction (XEP-0308)'] as string;
const REACTION = kinds('m1')['reaction (XEP-0444)'] as string;

function text(id: string, inside: string, from = ALICE, to = ACCOUNT): string {
  return `<message from='${from}' to='${to}' type='chat' id='${id}'>${inside}</message>`;
}

/** What the phone was given to a session that died under it, and has come back to alice. */
async function lost(...ids: string[]): Promise<Scene> {
  const scene = await withPhone();
  scene.fates[PHONE] = 'silent';
  for (const id of ids) scene.message(id, 1);
  await scene.clock.pass(60_000);
  scene.fates[PHONE] = 'returned';
  for (const id of ids) scene.comesBack(id);
  scene.copy(`<presence from='${PHONE}' to='${ALICE}' type='unavailable'/>`);
  scene.goes(PHONE);
  await scene.clock.pass(5_000);
  return scene;
}

/** It is sent to nobody who is there, and mod_offline floods it at the next login. */
function stored(scene: Scene, stanza: string): () => void {
  scene.copy(stanza);
  const stamp = new Date(scene.clock.date()).toISOString();
  const delay = `<delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='${stamp}'>Offline storage</delay>`;
  return () => scene.copy(stanza.replace('</message>', `${delay}</message>`));
}

/** The flood of the phone's next login brings this before respool sends what the phone lacks. */
async function floodedFirst(scene: Scene, stanza: string): Promise<void> {
  const flood = stored(scene, stanza);
  await scene.clock.pass(5_000);
  scene.login(PHONE);
  flood();
}

describe('what means a message that is still owed', () => {
  test('a reaction comes once more after it, though the flood has brought it before', async () => {
    const scene = await lost('m1', 'm2');
    await floodedFirst(scene, text('c1', REACTION));
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m1', 'm2', 'c1']);
    assert.deepEqual(scene.stored(), []);
  });

  for (const kind of REPLACING) {
    const stanza = text('c1', kinds('m1')[kind] as string);
    test(`${kind}: stands in its place where the flood has brought it before`, async () => {
      const scene = await lost('m1', 'm2');
      await floodedFirst(scene, stanza);
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.got(PHONE), ['m2']);
      assert.deepEqual(scene.stored(), []);
    });

    test(`${kind}: both come, in order, to a phone that has lost what the flood brought`, async () => {
      const scene = await lost('m1');
      await floodedFirst(scene, stanza);
      scene.fates[PHONE] = 'silent';
      await scene.clock.pass(10_000);
      assert.deepEqual([scene.got(PHONE), scene.stored().map(({ id }) => id)], [[], ['m1', 'c1']]);
      scene.fates[PHONE] = 'returned';
      scene.copy(`<presence from='${PHONE}' to='${ALICE}' type='unavailable'/>`);
      scene.goes(PHONE);
      await scene.clock.pass(5_000);
      scene.login(PHONE);
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.got(PHONE), ['m1', 'c1']);
      assert.deepEqual(scene.stored(), []);
    });
  }

  test('is not sent where it was corrected at once, as the phone came', async () => {
    const scene = await lost('m1');
    scene.login(PHONE);
    await scene.clock.pass(500);
    for (let copies = 0; copies < 2; copies++) scene.copy(text('c1', CORRECTION));
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), []);
    assert.deepEqual(scene.stored(), []);
  });

  test('comes once to who has the message', async () => {
    const scene = await withPhone();
    scene.message('m1', 1);
    for (let copies = 0; copies < 2; copies++) {
      scene.copy(text('c1', CORRECTION));
    }
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), []);
    assert.deepEqual(scene.stored(), []);
  });

  test('comes once to the device that has the message, and after it to the other', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    scene.goes(PHONE);
    await scene.clock.pass(3_000);
    scene.message('m1', 1);
    await scene.clock.pass(10_000);
    const reaction = text('c1', REACTION);
    for (let copies = 0; copies < 2; copies++) scene.copy(reaction);
    await scene.clock.pass(10_000);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(LAPTOP), scene.got(PHONE)], [[], ['m1', 'c1']]);
    assert.deepEqual(scene.stored(), []);
  });

  test('comes where the message does not: it was refused', async () => {
    const scene = await lost('m1');
    const flood = stored(scene, text('c1', CORRECTION));
    scene.spool.apply([{ do: 'refuse', id: 1, reason: 'made up', at: scene.clock.date() }]);
    scene.login(PHONE);
    flood();
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), []);
    assert.deepEqual(scene.stored(), []);
  });

  test('is known by what two people have written to each other alone', async () => {
    const scene = await lost('m1');
    const flood = stored(
      scene,
      text('c1', kinds('m1')['correction (XEP-0308)'] as string, 'eve@alpha.test/pc'),
    );
    scene.login(PHONE);
    flood();
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m1']);
  });

  test('of what its owner wrote on another device: after it, as carbons', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    scene.goes(PHONE);
    await scene.clock.pass(3_000);
    scene.copy(text('m1', BODY, LAPTOP, 'alice@alpha.test'));
    scene.copy(text('c1', kinds('m1')['retraction (XEP-0424)'] as string, LAPTOP, 'alice@alpha.test'));
    // alice reacts to it before the phone is back
    const reaction = text('r1', kinds('m1')['reaction (XEP-0444)'] as string);
    const flood = stored(scene, reaction);
    scene.login(PHONE);
    flood();
    await scene.clock.pass(10_000);
    const ids = scene.replayed
      .filter(({ to }) => to === PHONE)
      .map(
        ({ id, stanza }) =>
          id ?? stanza.getChild('sent')?.getChild('forwarded')?.getChild('message')?.attrs.id,
      );
    assert.deepEqual(ids, ['m1', 'c1', 'r1']);
  });
});
