import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, LAPTOP, PHONE, Scene, withPhone } from './scene.js';

const MINUTE = 60_000;

/** bob's phone and laptop are known, and away. */
async function away(): Promise<Scene> {
  const scene = new Scene();
  for (const jid of [PHONE, LAPTOP]) scene.login(jid);
  await scene.clock.pass(10_000);
  for (const jid of [PHONE, LAPTOP]) {
    scene.goes(jid);
    scene.fates[jid] = 'returned';
  }
  await scene.clock.pass(3_000);
  return scene;
}

const bodies = (scene: Scene, jid: string) =>
  scene.replayed.filter(({ to }) => to === jid).map(({ body }) => body);

describe('a bot gives each of its messages the same id', () => {
  test('those that differ all come', async () => {
    const scene = await away();
    for (const body of ['one', 'two', 'three']) scene.message('1', 0, 'bob@alpha.test', ALICE, body);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(bodies(scene, PHONE), ['one', 'two', 'three']);
  });

  test('equal ones come as often as they were sent, though nobody was there', async () => {
    const scene = await away();
    for (let times = 0; times < 3; times++) scene.message('1', 0, 'bob@alpha.test', ALICE, 'alarm');
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(bodies(scene, PHONE), ['alarm', 'alarm', 'alarm']);
    assert.deepEqual(scene.stored().length, 3, 'the laptop lacks them');
  });

  for (const [pause, ms] of [
    ['at once', 0],
    ['a second later', 1_000],
    ['after ten seconds', 10_000],
  ] as const) {
    test(`equal ones come to the device that is away as often as the other gets them, ${pause}`, async () => {
      const scene = await away();
      scene.login(LAPTOP);
      await scene.clock.pass(10_000);
      for (let times = 0; times < 3; times++) {
        scene.message('1', 1, 'bob@alpha.test', ALICE, 'alarm');
        await scene.clock.pass(ms);
      }
      await scene.clock.pass(MINUTE);
      scene.login(PHONE);
      await scene.clock.pass(10_000);
      assert.deepEqual(bodies(scene, PHONE), ['alarm', 'alarm', 'alarm']);
      assert.deepEqual(bodies(scene, LAPTOP), []);
      assert.deepEqual(scene.stored(), []);
    });
  }

  test('from another server too, equal ones come to the device that is away as often', async () => {
    const scene = await away();
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    const text =
      "<message from='zoe@beta.test/pc' to='bob@alpha.test' type='chat' id='1'><body>alarm</body></message>";
    for (let times = 0; times < 3; times++) scene.copy(text);
    await scene.clock.pass(10_000);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(bodies(scene, PHONE), ['alarm', 'alarm', 'alarm']);
    assert.deepEqual(scene.stored(), []);
  });

  test('what comes for a device that hides is one message: its session is there and gets it', async () => {
    const scene = await away();
    scene.message('1', 1, PHONE);
    assert.equal(scene.stored().length, 1);
  });

  test('what two devices get at once is one message', async () => {
    const scene = await away();
    for (const jid of [PHONE, LAPTOP]) scene.login(jid);
    await scene.clock.pass(10_000);
    scene.message('1', 2, 'bob@alpha.test', ALICE, 'alarm');
    assert.equal(scene.stored().length, 1);
    scene.message('1', 2, 'bob@alpha.test', ALICE, 'alarm');
    assert.equal(scene.stored().length, 2);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.stored(), []);
    assert.deepEqual(scene.replayed, []);
  });
});

describe('a message without id', () => {
  test('that a dead session had and the server returned to its sender is not two', async () => {
    const scene = await withPhone();
    scene.fates[PHONE] = 'returned';
    const text = scene.message(null, 1);
    scene.copy(
      text
        .replace(
          `from='${ALICE}' to='bob@alpha.test' type='chat'`,
          `from='bob@alpha.test' to='${ALICE}' type='error'`,
        )
        .replace(
          '</message>',
          "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>User session terminated</text></error></message>",
        ),
    );
    await scene.clock.pass(10_000);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.equal(scene.got(PHONE).length, 1);
    assert.deepEqual(scene.stored(), []);
  });
});
