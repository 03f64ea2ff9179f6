import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LATER, OTHER, outOfRoom, says, words } from './room-scene.js';
import { PHONE, type Scene } from './scene.js';

/** Ends the phone's session while a replay is on its way: the next stream, which is not in the room yet, gets it. */
async function replayMeetsNextStream(ends: (scene: Scene) => void, asksBefore: boolean): Promise<Scene> {
  const scene = await outOfRoom();
  says(scene, { id: 'm', body: 'hello' }, OTHER);
  await scene.clock.pass(LATER);
  scene.login(PHONE);
  scene.join(PHONE, 'bob');
  const before = scene.pings.length;
  while (scene.pings.length === before) await scene.clock.pass(1);
  scene.fates[PHONE] = 'silent'; // it answers this ping; what is sent then meets the end of its session
  await scene.clock.pass(1_000);
  const [replay] = scene.replayed;
  assert.ok(replay);
  ends(scene);
  scene.login(PHONE);
  if (asksBefore) scene.asksToJoin(PHONE, 'bob');
  scene.copy(replay.stanza.toString());
  if (asksBefore) scene.placed(PHONE, 'bob');
  else scene.join(PHONE, 'bob');
  await scene.clock.pass(3 * LATER);
  return scene;
}

describe('a replay of what was said in a room that meets a stream which is not in that room yet', () => {
  for (const asksBefore of [false, true]) {
    const when = asksBefore ? 'has asked to be let in' : 'has not asked to be let in';
    test(`is sent again: the one before has gone, and the next ${when}`, async () => {
      const scene = await replayMeetsNextStream(one => one.returnLast(PHONE), asksBefore);
      assert.deepEqual(words(scene), ['hello', 'hello']);
    });

    test(`is sent again: the one before has left, and the next ${when}`, async () => {
      const scene = await replayMeetsNextStream(one => one.goes(PHONE), asksBefore);
      assert.deepEqual(words(scene), ['hello', 'hello']);
    });
  }
});
