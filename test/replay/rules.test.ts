import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kinds } from '../rules/kinds.js';
import { ALICE, LAPTOP, PHONE, Scene } from './scene.js';

const MINUTE = 60_000;

/** bob's phone and laptop are known; the phone is away, in silence, as one whose line has broken. */
async function apart(): Promise<Scene> {
  const scene = new Scene();
  for (const jid of [PHONE, LAPTOP]) scene.login(jid);
  await scene.clock.pass(10_000);
  scene.goes(PHONE);
  scene.fates[PHONE] = 'returned';
  await scene.clock.pass(1_000);
  return scene;
}

function message(id: string, to: string, inside: string, type = 'chat'): string {
  return `<message from='${ALICE}' to='${to}' type='${type}' id='${id}'>${inside}</message>`;
}

describe('a message to a device, away while another is there', () => {
  for (const kind of [
    'private, as OTR has it (XEP-0280)',
    'hint no-copy (XEP-0334)',
    'data form (XEP-0004)',
    'event of a node (XEP-0060, XEP-0163)',
  ]) {
    test(`${kind}: that device alone gets it`, async () => {
      const scene = await apart();
      scene.copy(message('m', PHONE, kinds('x')[kind] as string));
      await scene.clock.pass(MINUTE);
      scene.goes(LAPTOP);
      scene.login(LAPTOP);
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.got(LAPTOP), []);
      scene.login(PHONE);
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.got(PHONE), ['m']);
      assert.deepEqual(scene.stored(), []);
    });
  }

  for (const kind of ['IBB data (XEP-0047)', 'Jingle (XEP-0166)', 'text as it is typed (XEP-0301)']) {
    test(`${kind}: nobody gets it later`, async () => {
      const scene = await apart();
      scene.copy(message('m', PHONE, kinds('x')[kind] as string));
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.stored(), []);
    });
  }

  test('words: both get them', async () => {
    const scene = await apart();
    scene.message('m', 1, PHONE);
    await scene.clock.pass(10_000);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  test('what is for one that is not known is kept for nobody', async () => {
    const scene = await apart();
    scene.copy(message('m', 'bob@alpha.test/1234567890', kinds('x')['hint no-copy (XEP-0334)'] as string));
    await scene.clock.pass(1_000);
    assert.deepEqual(scene.stored(), []);
  });
});

describe('a call, an invitation to one, a nudge', () => {
  for (const kind of ['call set-up (XEP-0353)', 'call invitation (XEP-0482)', 'attention (XEP-0224)']) {
    test(`${kind}: comes within a minute`, async () => {
      const scene = await apart();
      scene.goes(LAPTOP);
      scene.copy(message('m', 'bob@alpha.test', kinds('x')[kind] as string));
      await scene.clock.pass(MINUTE - 10_000);
      scene.login(PHONE);
      await scene.clock.pass(5_000);
      assert.deepEqual(scene.got(PHONE), ['m']);
    });

    test(`${kind}: and not later, which is no loss`, async () => {
      const scene = await apart();
      scene.goes(LAPTOP);
      scene.copy(message('m', 'bob@alpha.test', kinds('x')[kind] as string));
      scene.message('words', 0);
      await scene.clock.pass(MINUTE);
      scene.spool.apply([{ do: 'sweep', at: scene.clock.date() }]);
      scene.login(PHONE);
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.got(PHONE), ['words']);
      assert.deepEqual([scene.counter('expired'), scene.counter('lost')], [1, 0]);
    });
  }

  test('words that end before anybody has them are a loss', async () => {
    const scene = await apart();
    scene.goes(LAPTOP);
    scene.copy(message('m', 'bob@alpha.test', kinds('x')['end of its time (XEP-0023)'] as string));
    await scene.clock.pass(2 * MINUTE);
    scene.spool.apply([{ do: 'sweep', at: scene.clock.date() }]);
    assert.deepEqual([scene.counter('expired'), scene.counter('lost')], [1, 1]);
  });
});
