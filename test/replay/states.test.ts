import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LAPTOP, PHONE, type Scene, withPhone } from './scene.js';

function phoneOf(scene: Scene) {
  const [phone] = scene.replay.states('bob@alpha.test').filter(({ state }) => state.resource === 'phone');
  assert.ok(phone !== undefined);
  return phone.state;
}

describe('how it stands with a session', () => {
  test('it is heard of by what it does', async () => {
    const scene = await withPhone();
    await scene.clock.pass(60_000);
    scene.acts(PHONE);
    await scene.clock.pass(3_000);
    assert.equal(phoneOf(scene).heardFor, 3_000);
  });

  test('it is heard of by its answer to a ping', async () => {
    const scene = await withPhone();
    await scene.clock.pass(60_000);
    scene.message('live', 1);
    await scene.clock.pass(3_000);
    const { heardFor, line } = phoneOf(scene);
    assert.ok(heardFor < 3_000, `${heardFor} ms`);
    assert.equal(line, 'answers');
  });

  test('it is heard of when it is found after respool was away', async () => {
    const scene = await withPhone();
    await scene.clock.pass(60_000);
    scene.replay.offline();
    scene.replay.online();
    await scene.clock.pass(1_000);
    assert.ok(phoneOf(scene).heardFor <= 1_000);
  });

  test('a copy that counts as proof is no word of it', async () => {
    const scene = await withPhone({ neverPing: ['*/phone'] });
    await scene.clock.pass(60_000);
    scene.message('live', 1);
    await scene.clock.pass(1_000);
    assert.deepEqual([phoneOf(scene).line, phoneOf(scene).heardFor], ['spared', 71_000]);
  });

  test('it is asleep when a ping has got no answer', async () => {
    const scene = await withPhone();
    scene.fates[PHONE] = 'silent';
    scene.message('live', 1);
    await scene.clock.pass(600_000);
    const { line, unansweredFor } = phoneOf(scene);
    assert.equal(line, 'asleep');
    assert.ok((unansweredFor ?? 0) > 590_000 && (unansweredFor ?? 0) <= 600_000, `${unansweredFor} ms`);
  });
});

describe('the spool', () => {
  const online = (scene: Scene) =>
    scene.db.prepare('SELECT resource FROM device WHERE online = 1').pluck().all();

  test('has no device online that the search after a restart finds gone, nor takes it for seen then', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    const seen = () =>
      scene.db.prepare("SELECT last_seen FROM device WHERE resource = 'phone'").pluck().get();
    const before = seen();
    scene.replay.offline();
    scene.fates[PHONE] = 'returned';
    scene.replay.online();
    await scene.clock.pass(10_000);
    assert.deepEqual([online(scene), seen()], [['laptop'], before]);
  });

  test('has no device online that says that it goes before respool has found it', async () => {
    const scene = await withPhone();
    scene.replay.offline();
    scene.fates[PHONE] = 'silent';
    scene.replay.online();
    await scene.clock.pass(1_000);
    assert.deepEqual(online(scene), ['phone']);
    scene.goes(PHONE);
    assert.deepEqual(online(scene), []);
  });
});
