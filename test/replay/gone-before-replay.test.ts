import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LAPTOP, PHONE, Scene, withPhone } from './scene.js';

const LATER = 10_000;
/** How long the spool takes, in ms: the phone's answer to a ping comes before what it is owed is sent. */
const LATENCY = 20;

/** Phone and laptop were away when alice wrote, and have come back. */
async function bothAreBack(): Promise<Scene> {
  const scene = new Scene({ latency: LATENCY });
  for (const jid of [PHONE, LAPTOP]) scene.login(jid);
  await scene.clock.pass(LATER);
  for (const jid of [PHONE, LAPTOP]) {
    scene.goes(jid);
    scene.fates[jid] = 'returned';
  }
  await scene.clock.pass(LATER);
  scene.message('m', 0);
  scene.login(PHONE);
  await scene.clock.pass(1_000);
  scene.login(LAPTOP);
  return scene;
}

/** The phone's connection is gone as soon as it has answered: what is sent to it goes to the laptop. */
async function phoneDies(scene: Scene): Promise<void> {
  const before = scene.pings.length;
  const isAnswered = () => scene.pings.slice(before).some(({ to }) => to === PHONE);
  while (!isAnswered()) await scene.clock.pass(1);
  scene.reroutes = true;
  scene.fates[PHONE] = 'returned';
  await scene.clock.pass(LATER);
}

describe('a session that ends between its answer and what it is sent', () => {
  test('has its replay at the other device, which is not sent the same', async () => {
    const scene = await bothAreBack();
    await phoneDies(scene);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP)], [['m'], []]);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m', 'm'], [], []]);
  });

  test('is sent nothing while it lets a ping pass, though it has answered one a moment ago', async () => {
    const scene = await withPhone();
    scene.goes(PHONE);
    scene.message('m', 0);
    await scene.clock.pass(LATER);
    scene.login(PHONE);
    await scene.clock.pass(1_000);
    scene.message('answered', 1);
    await scene.clock.pass(500);
    scene.fates[PHONE] = 'silent';
    scene.message('passed', 1);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m', 'passed'], []]);
  });

  test('where it is there after all, each gets it once, and no more than one ping goes out before', async () => {
    const scene = await bothAreBack();
    await scene.clock.pass(LATER);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], ['m'], []]);
    const pinged = (jid: string) => scene.pings.filter(({ to, at }) => to === jid && at > 2 * LATER).length;
    assert.ok(pinged(PHONE) <= 3 && pinged(LAPTOP) <= 2, `${pinged(PHONE)} and ${pinged(LAPTOP)} pings`);
  });
});
