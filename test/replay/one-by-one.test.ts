import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toldOfLaptop } from './ended-scene.js';
import { PHONE, type Scene, withPhone } from './scene.js';

/** Four messages wait for the phone, and the server did not take one of them: they go out one by one from now on. */
async function suspected(): Promise<Scene> {
  const scene = await withPhone();
  scene.goes(PHONE);
  for (const id of ['a', 'b', 'c', 'd']) scene.message(id, 0);
  scene.confirms = () => new Promise(() => undefined); // it has not read them all
  scene.login(PHONE);
  const { fate } = scene;
  scene.fate = () => (scene.replayed.length > 0 ? 'silent' : 'answered'); // nor the ping after them
  await scene.clock.pass(2_100);
  assert.deepEqual(scene.got(PHONE), ['a', 'b', 'c', 'd']);
  scene.fate = fate;
  scene.isAccused();
  scene.replayed.length = 0;
  scene.replay.online();
  return scene;
}

test('a ping that goes out while messages go out one by one proves none of them', async () => {
  const scene = await suspected();
  let read = 0;
  scene.confirms = () => (++read > 2 ? new Promise(() => undefined) : Promise.resolve(true));
  scene.login(PHONE);
  await scene.clock.pass(3_000);
  assert.deepEqual(scene.got(PHONE), ['a', 'b', 'c'], 'the rest is still to go out');
  scene.message('live', 1);
  await scene.clock.pass(10_000);
  const owed = scene.stored().map(({ id }) => id);
  assert.deepEqual(owed.slice(0, 4), ['a', 'b', 'c', 'd']);
});

test('what went out to the stream before is given to the next one, which shows itself meanwhile', async () => {
  const scene = await suspected();
  let read = 0;
  let goOn: (isRead: boolean) => void = () => undefined;
  scene.confirms = () =>
    new Promise(resolve => {
      if (++read > 2) goOn = resolve;
      else resolve(true);
    });
  scene.login(PHONE);
  await scene.clock.pass(3_000);
  assert.deepEqual(scene.got(PHONE), ['a', 'b', 'c']);
  scene.login(PHONE);
  toldOfLaptop(scene);
  scene.confirms = () => Promise.resolve(true);
  goOn(true);
  await scene.clock.pass(10_000);
  assert.deepEqual(
    scene.got(PHONE),
    ['a', 'b', 'c', 'd', 'a', 'b', 'c'],
    'the next one has had the last chunk',
  );
  assert.deepEqual(scene.stored(), []);
});
