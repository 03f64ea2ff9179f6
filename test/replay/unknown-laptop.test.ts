import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LAPTOP, PHONE, Scene } from './scene.js';

describe('a restart while a laptop is online of which nobody knew that it was', () => {
  /** The laptop came while respool was away. */
  async function restarted(phoneIsOnline: boolean, priority = 5, latency = 0): Promise<Scene> {
    const before = new Scene();
    before.login(LAPTOP, priority);
    before.login(PHONE);
    await before.clock.pass(10_000);
    before.goes(LAPTOP);
    if (!phoneIsOnline) before.goes(PHONE);
    await before.clock.pass(10_000);
    const scene = new Scene({ after: before, start: before.clock.date(), latency });
    scene.fates[PHONE] = phoneIsOnline ? 'answered' : 'returned';
    await scene.clock.pass(1_000);
    scene.replay.online();
    await scene.clock.pass(1_000);
    return scene;
  }

  for (const [what, phoneIsOnline, phone, later] of [
    ['is online', true, () => undefined, 0],
    ['comes', false, (scene: Scene) => scene.login(PHONE), 100],
    ['has just come', false, (scene: Scene) => scene.login(PHONE), 0],
    ['acts', false, (scene: Scene) => scene.acts(PHONE), 100],
    ['begins to act', false, (scene: Scene) => scene.acts(PHONE), 0],
  ] as const) {
    test(`what comes for bob, his phone, which ${what}, has not got`, async () => {
      const scene = await restarted(phoneIsOnline);
      phone(scene);
      if (later > 0) await scene.clock.pass(later);
      scene.message('m', 1);
      await scene.clock.pass(60_000);
      assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], [], []]);
    });
  }

  test('nor while it is asleep', async () => {
    const scene = await restarted(false);
    scene.fates[LAPTOP] = 'silent';
    scene.login(PHONE);
    await scene.clock.pass(20_000);
    scene.message('m', 1);
    await scene.clock.pass(40_000);
    scene.fates[LAPTOP] = 'answered';
    scene.answerLast(LAPTOP);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  test('nor in the moment in which it is found to have gone', async () => {
    const scene = await restarted(false);
    scene.fates[LAPTOP] = 'silent';
    scene.login(PHONE);
    await scene.clock.pass(20_000);
    scene.message('m', 1);
    scene.fates[LAPTOP] = 'returned';
    scene.returnLast(LAPTOP);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  for (const [priority, gets, is] of [
    [0, [], 'has got what came for bob before'],
    [5, ['m'], 'may not have got what came for bob before, where the laptop would have had it alone'],
  ] as const) {
    test(`that was not there after all: the phone, when it acts, ${is}`, async () => {
      const scene = await restarted(false, priority);
      scene.fates[LAPTOP] = 'returned';
      scene.message('m', 1);
      scene.acts(PHONE);
      await scene.clock.pass(60_000);
      assert.deepEqual(scene.got(PHONE), gets);
      assert.equal(scene.stored().length, 1); // for the laptop
    });
  }

  test('that was not there after all: what comes for bob in the moment in which the phone comes, it has got', async () => {
    const scene = await restarted(false, 0);
    scene.fates[LAPTOP] = 'returned';
    scene.login(PHONE);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('and goes, for all to see, while it is sought: from then on the phone has got what comes for bob', async () => {
    const scene = await restarted(false);
    scene.fates[LAPTOP] = 'silent';
    scene.login(PHONE);
    await scene.clock.pass(20_000);
    scene.copy(`<presence from='${LAPTOP}' to='bob@alpha.test' type='unavailable'/>`);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('and dies with the ping that it was sent: it is asked again, less and less often, until the server says so', async () => {
    const scene = await restarted(false);
    scene.fates[LAPTOP] = 'silent';
    scene.login(PHONE);
    await scene.clock.pass(3 * 3_600_000);
    const asked = scene.pings.filter(({ to }) => to === LAPTOP).length;
    assert.ok(asked > 3 && asked < 9, `${asked} pings`);
    scene.fates[LAPTOP] = 'returned';
    await scene.clock.pass(3_600_000);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('a phone that logs in, with a roster first, has not got what came before', async () => {
    for (const isLaptopThere of [true, false]) {
      const scene = await restarted(false, 0);
      scene.message('m', 1);
      await scene.clock.pass(100_000);
      scene.fates[LAPTOP] = isLaptopThere ? 'answered' : 'returned';
      scene.asksRoster(PHONE);
      await scene.clock.pass(100);
      scene.login(PHONE);
      await scene.clock.pass(60_000);
      assert.deepEqual(scene.got(PHONE), ['m']);
    }
  });

  for (const when of ['before', 'after'] as const) {
    test(`a phone that logs in gets nothing before its presence: neither ${when} the laptop is found`, async () => {
      const scene = await restarted(false, 0, 20);
      scene.asksRoster(PHONE);
      await scene.clock.pass(when === 'before' ? 1 : 100);
      scene.message('m', 1);
      await scene.clock.pass(100);
      scene.login(PHONE);
      await scene.clock.pass(60_000);
      assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
    });
  }

  test('a device that nobody knew gets what comes while the phone logs in', async () => {
    const scene = await restarted(false, 0);
    scene.fates[LAPTOP] = 'returned';
    scene.asksRoster(PHONE);
    await scene.clock.pass(100);
    scene.message('m', 1);
    await scene.clock.pass(100);
    scene.login(PHONE);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  for (const [how, comes] of [
    ['was there', () => undefined],
    ['comes', (scene: Scene) => scene.login(PHONE)],
  ] as const) {
    test(`and acts: before it has shown itself it gets what comes for bob, and the phone, which ${how}, does not`, async () => {
      const scene = await restarted(false);
      if (how === 'was there') scene.fates[PHONE] = 'answered';
      scene.acts(LAPTOP);
      await scene.clock.pass(1_000);
      comes(scene);
      await scene.clock.pass(1_000);
      scene.message('m', 1);
      await scene.clock.pass(60_000);
      assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
    });
  }

  test('and acts: before the spool has said which device it is, what comes for bob may come to it alone', async () => {
    const scene = await restarted(false, 5, 50);
    scene.fates[LAPTOP] = 'returned';
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    scene.acts(LAPTOP); // it has resumed its stream

    await scene.clock.pass(1);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  test('a device that nobody knew has got what came for bob, and goes: the phone, which acts then, has not', async () => {
    const scene = await restarted(false, 0);
    scene.fates[LAPTOP] = 'returned';
    scene.message('m', 1);
    scene.goes('bob@alpha.test/gajim.1234');
    scene.acts(PHONE);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  test('what comes for bob before the spool has said that there is a laptop, the phone has not got', async () => {
    const scene = await restarted(false, 5, 5);
    scene.login(PHONE);
    await scene.clock.pass(1);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  test('what comes to one that acts, and goes before others are looked for, the next one has not got', async () => {
    const scene = await restarted(false, 0);
    scene.acts(PHONE);
    scene.message('m', 1);
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    scene.acts(LAPTOP);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(LAPTOP), ['m']);
  });

  test('what comes for it in the moment in which the phone comes, the phone has not got', async () => {
    const scene = await restarted(false);
    scene.login(PHONE);
    scene.message('m', 1, LAPTOP);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  test('is asked once, however often others come and go', async () => {
    const scene = await restarted(false);
    scene.fates[LAPTOP] = 'returned';
    for (let n = 0; n < 5; n++) {
      scene.login(PHONE);
      await scene.clock.pass(10_000);
      scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
      await scene.clock.pass(10_000);
    }
    assert.equal(scene.pings.filter(({ to }) => to === LAPTOP).length, 1);
  });
});

describe('a laptop with the higher priority that logs in', () => {
  test('has not got what comes before its presence: the phone has', async () => {
    const scene = new Scene();
    scene.login(LAPTOP, 5);
    await scene.clock.pass(10_000);
    scene.goes(LAPTOP);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    scene.asksRoster(LAPTOP);
    await scene.clock.pass(100);
    scene.message('m', 1);
    await scene.clock.pass(100);
    scene.login(LAPTOP, 5);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [[], ['m'], []]);
  });
});
