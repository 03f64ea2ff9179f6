import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bringsHistory } from './room-scene.js';
import { PHONE, type Scene, withPhone } from './scene.js';

const LATER = 10_000;
const OTHER = 'alice@alpha.test/pc';

/** The phone is in the room, and so is somebody else; its connection has gone without a word. */
async function goneFromTheRoom(): Promise<Scene> {
  const scene = await withPhone();
  scene.login(OTHER);
  scene.join(PHONE, 'bob');
  scene.join(OTHER, 'alice');
  scene.say('heard', PHONE, OTHER);
  await scene.clock.pass(LATER);
  scene.say('missed', OTHER);
  return scene;
}

describe('a session that does not get what is said in its room is there no more', () => {
  test('a new stream of it that answers pings is not given what its room may bring when it joins', async () => {
    const scene = await goneFromTheRoom();
    scene.replay.replayNow('bob@alpha.test');
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('what was said just before it joined again, and is copied just after, it is given', async () => {
    const scene = await goneFromTheRoom();
    scene.login(PHONE);
    scene.join(PHONE, 'bob');
    await scene.clock.pass(20);
    scene.say('meanwhile', OTHER);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['missed', 'meanwhile']);
    assert.deepEqual(scene.stored(), []);
  });

  test('but not what the history has brought it', async () => {
    const scene = await goneFromTheRoom();
    scene.login(PHONE);
    scene.join(PHONE, 'bob');
    bringsHistory(scene, 'meanwhile');
    await scene.clock.pass(2);
    scene.say('meanwhile', OTHER);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['missed']);
    assert.deepEqual(scene.stored(), []);
  });

  test('once it has joined again, it is', async () => {
    const scene = await goneFromTheRoom();
    scene.replay.replayNow('bob@alpha.test');
    await scene.clock.pass(LATER);
    scene.login(PHONE);
    scene.join(PHONE, 'bob');
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['missed']);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['missed']);
  });

  test('also where it joins again with no presence before', async () => {
    const scene = await goneFromTheRoom();
    scene.join(PHONE, 'bob');
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['missed']);
  });

  test('once it gets what is said there, it is, for it is there', async () => {
    const scene = await goneFromTheRoom();
    scene.say('heard again', OTHER, PHONE);
    scene.replay.replayNow('bob@alpha.test');
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['missed']);
  });

  test('what it got itself and did not prove, it is given again, though nothing was said there since', async () => {
    const scene = await withPhone();
    scene.join(PHONE, 'bob');
    await scene.clock.pass(LATER);
    scene.fates[PHONE] = 'silent';
    scene.say('got', PHONE);
    await scene.clock.pass(LATER);
    scene.acts(PHONE); // and answers again: the ping before was for a stream that is gone, or came to nobody
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), ['got']);
  });
});

describe('a session that joins a room before it shows its presence', () => {
  test('long before, and then twice, is given what it has missed there', async () => {
    const scene = await goneFromTheRoom();
    scene.goes(PHONE);
    await scene.clock.pass(LATER);
    scene.join(PHONE, 'bob');
    await scene.clock.pass(3_000);
    scene.login(PHONE);
    await scene.clock.pass(40);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['missed']);
  });

  for (const [what, resumesJid] of [
    ['under a JID that nobody has', true],
    ['under the JID of a stream that has ended without a word', false],
  ] as const) {
    test(`is given what it has missed there, ${what}`, async () => {
      const scene = await goneFromTheRoom();
      if (resumesJid) scene.goes(PHONE);
      await scene.clock.pass(LATER);
      scene.join(PHONE, 'bob');
      await scene.clock.pass(50);
      scene.login(PHONE);
      await scene.clock.pass(LATER);
      assert.deepEqual(scene.got(PHONE), ['missed']);
    });
  }
});
