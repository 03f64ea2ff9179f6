import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LAPTOP, PHONE, type Scene, withPhone } from './scene.js';

const SPARED = { neverPing: ['*/phone'] };
const pingsTo = (scene: Scene, jid: string) => scene.pings.filter(({ to }) => to === jid).length;
const pending = (scene: Scene) => scene.stored().map(({ id }) => id);

describe('a session that devices.never_ping names', () => {
  test('counts as having what was handed to it, at once and without a ping', async () => {
    const scene = await withPhone(SPARED);
    scene.message('live', 1);
    await scene.clock.pass(100);
    assert.deepEqual([pending(scene), pingsTo(scene, PHONE)], [[], 0]);
  });

  test('counts as having a replay when that was sent, however long it is, in order', async () => {
    const scene = await withPhone(SPARED);
    scene.goes(PHONE);
    const ids = Array.from({ length: 250 }, (_, n) => `m${n}`);
    for (const id of ids) scene.message(id, 0);
    await scene.clock.pass(1_000);
    scene.login(PHONE);
    await scene.clock.pass(3_000);
    assert.deepEqual(scene.got(PHONE), ids);
    assert.deepEqual([pending(scene), pingsTo(scene, PHONE)], [[], 0]);
  });

  test('keeps pending what was not handed to it, for it may be gone', async () => {
    const scene = await withPhone(SPARED);
    scene.message('lost', 0);
    await scene.clock.pass(60_000);
    assert.deepEqual([pending(scene), scene.got(PHONE), pingsTo(scene, PHONE)], [['lost'], [], 0]);
    scene.login(PHONE);
    await scene.clock.pass(5_000);
    assert.deepEqual(scene.got(PHONE), ['lost']);
  });

  test('is not known to answer pings', async () => {
    const scene = await withPhone(SPARED);
    scene.message('live', 1);
    await scene.clock.pass(1_000);
    assert.equal(scene.db.prepare('SELECT proofs FROM device').pluck().get(), 0);
  });

  test('is not asked when another session begins, a message bounces or it logs in anew', async () => {
    const scene = await withPhone(SPARED);
    await scene.clock.pass(120_000);
    scene.login(LAPTOP);
    scene.asksRoster(PHONE);
    scene.told(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(60_000);
    assert.equal(pingsTo(scene, PHONE), 0);
  });

  test('is not asked when respool is back, and gets nothing again that it was handed then', async () => {
    const scene = await withPhone(SPARED);
    scene.message('owed', 0);
    scene.replay.offline();
    scene.replay.online();
    await scene.clock.pass(60_000);
    scene.message('live', 1);
    await scene.clock.pass(7_200_000);
    assert.deepEqual([pending(scene), scene.got(PHONE), pingsTo(scene, PHONE)], [['owed'], [], 0]);
  });

  test('is not asked when respool is back and it acts without presence', async () => {
    const scene = await withPhone(SPARED);
    scene.goes(PHONE);
    scene.replay.offline();
    scene.replay.online();
    scene.acts(PHONE);
    scene.message('live', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual([pending(scene), pingsTo(scene, PHONE)], [[], 0]);
  });

  test('is known by what it does when respool is back, with the priority that it had', async () => {
    const scene = await withPhone(SPARED);
    scene.login(PHONE, 5);
    scene.login(LAPTOP);
    scene.goes(PHONE);
    scene.replay.offline();
    scene.replay.online();
    scene.acts(PHONE);
    await scene.clock.pass(20_000);
    scene.message('live', 1); // to the phone
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(LAPTOP), pending(scene), pingsTo(scene, PHONE)], [['live'], [], 0]);
  });

  test('leaves others of its account asked as ever', async () => {
    const scene = await withPhone(SPARED);
    scene.login(LAPTOP);
    scene.fates[LAPTOP] = 'silent';
    await scene.clock.pass(10_000);
    scene.message('live', 2);
    await scene.clock.pass(1_000);
    assert.deepEqual(pending(scene), ['live']);
    assert.equal(pingsTo(scene, PHONE), 0);
  });
});

describe('a change of devices.never_ping', () => {
  const habits = (neverPing: boolean) => ({
    settings: { settle: 2000, proofAfter: 3000, proofTimeout: 30_000, chunk: 100 },
    maxAge: 14 * 86_400_000,
    sync: true,
    rooms: { replay: true, maxAge: 86_400_000, maxPerRoom: 1000 },
    neverPing: () => neverPing,
  });

  test('counts what a sleeping session was handed as received, and ends its pings', async () => {
    const scene = await withPhone();
    scene.fates[PHONE] = 'silent';
    scene.message('live', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual(pending(scene), ['live']);
    const before = pingsTo(scene, PHONE);
    scene.replay.change(habits(true));
    assert.deepEqual(pending(scene), []);
    await scene.clock.pass(7_200_000);
    assert.deepEqual([pending(scene), pingsTo(scene, PHONE)], [[], before]);
  });

  test('has a session asked again that it names no more', async () => {
    const scene = await withPhone(SPARED);
    scene.replay.change(habits(false));
    scene.message('live', 1);
    await scene.clock.pass(1_000);
    assert.equal(pingsTo(scene, PHONE), 1);
  });
});
