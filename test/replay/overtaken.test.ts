import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, LAPTOP, PHONE, Scene } from './scene.js';

const TEXT = `<message from='${ALICE}' to='bob@alpha.test' type='chat' id='m7'><body>message 0</body></message>`;
/** From the presence to the end of settle, in ms. */
const SETTLE = 2_000;

/**
 * As seen on ejabberd 23.01: it copies a sending before it routes it, and may do something else in between. The ping of
 * the component comes from another process, so it overtakes the message.
 */
async function onItsWay(before: number, way: number): Promise<Scene> {
  const scene = new Scene();
  scene.login(PHONE); // known, so that the account has somebody to be owed
  await scene.clock.pass(10_000);
  scene.goes(PHONE);
  scene.login(LAPTOP);
  await scene.clock.pass(SETTLE - before);
  scene.copy(TEXT); // alice's session has it, and has not routed it yet
  await scene.clock.pass(way);
  scene.copy(TEXT); // the laptop's session has it
  await scene.clock.pass(60_000);
  return scene;
}

describe('a message that ejabberd has not routed yet when the settle of its device ends', () => {
  for (const way of [300, 750, 1_500]) {
    test(`is not replayed to it: it comes ${way} ms after it was sent`, async () => {
      const scene = await onItsWay(100, way);
      assert.deepEqual(scene.got(LAPTOP), []);
    });
  }

  test('and after settle: it comes 3 s after it was sent', async () => {
    const scene = await onItsWay(-5_000, 3_000);
    assert.deepEqual(scene.got(LAPTOP), []);
  });

  test('but is replayed where it never comes', async () => {
    const scene = new Scene();
    scene.login(LAPTOP);
    await scene.clock.pass(SETTLE - 100);
    scene.copy(TEXT);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(LAPTOP), ['m7']);
  });
});
