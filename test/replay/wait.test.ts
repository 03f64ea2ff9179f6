import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { measuredIn } from '../../src/spool/histograms.js';
import { PHONE, type Scene, withPhone } from './scene.js';

/** How often a device waited for its first replay, and how long in all, in ms. */
function waits({ db }: Scene): { count: number; sum: number } {
  const counters = new Map(db.prepare<[], [string, number]>('SELECT name, value FROM counter').raw().all());
  const { count, sum } = measuredIn(counters).replay_wait.first;
  return { count, sum };
}

/** The phone has gone, and was sent a message. */
async function away(): Promise<Scene> {
  const scene = await withPhone({ settle: 2_000 });
  scene.goes(PHONE);
  await scene.clock.pass(10_000);
  scene.message('m', 0);
  await scene.clock.pass(60_000);
  return scene;
}

describe('the wait for the first replay', () => {
  test('goes from its presence to the first message: it settles, and is asked', async () => {
    const scene = await away();
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    const { count, sum } = waits(scene);
    assert.equal(count, 1);
    assert.ok(sum >= 2_000 && sum < 2_500, `${sum}`);
  });

  test('is one of each presence', async () => {
    const scene = await away();
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    scene.goes(PHONE);
    await scene.clock.pass(10_000);
    scene.message('n', 0);
    scene.message('o', 0);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m', 'n', 'o']);
    assert.equal(waits(scene).count, 2);
  });

  test('is none where nothing was owed, whatever is replayed later', async () => {
    const scene = await withPhone({ settle: 2_000 });
    assert.deepEqual(waits(scene), { count: 0, sum: 0 });
    scene.message('m', 0); // no reception: it is found out, and replayed
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(waits(scene), { count: 0, sum: 0 });
  });

  test('is none of this respool where another one acted when the device came', async () => {
    const scene = await away();
    scene.replay.watch();
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), []);
    scene.replay.act();
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(waits(scene), { count: 0, sum: 0 });
  });
});
