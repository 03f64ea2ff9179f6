import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fate } from '../way.js';
import { LAPTOP, PHONE, Scene, withPhone } from './scene.js';

/** The phone is owed a message, and lets the ping pass by which respool looks for it. */
async function askedInVain(): Promise<Scene> {
  const scene = await withPhone();
  scene.fates[PHONE] = 'silent';
  scene.replay.offline();
  scene.message('m', 0);
  scene.replay.online();
  await scene.clock.pass(120_000);
  return scene;
}

describe('after respool was away', () => {
  test('the first presence that it sees under a JID may be that of a new stream', async () => {
    const scene = await withPhone();
    scene.replay.offline();
    scene.replay.online();
    await scene.clock.pass(10_000);
    scene.fates[PHONE] = 'silent';
    scene.message('m', 1);
    await scene.clock.pass(500);
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test'><priority>5</priority></presence>`);
    scene.fates[PHONE] = 'answered';
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(scene.stored(), []);
  });

  test('a device that answers after everybody has given up waiting is there all the same', async () => {
    const scene = await askedInVain();
    assert.deepEqual(scene.got(PHONE), []);
    scene.fates[PHONE] = 'answered';
    scene.answerLast(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  test('what comes while the spool is still asked who was asleep is proved', async () => {
    const scene = new Scene({ latency: 50 });
    scene.replay.online();
    await scene.clock.pass(25);
    scene.login(PHONE); // the spool is asked for others of the account, and answers when the search begins
    for (let times = 0; times < 5; times++) scene.message(null, 1);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  test('those that are asleep hold up nobody, be they more than are asked at once', async () => {
    const before = new Scene();
    const jids = Array.from({ length: 1_500 }, (_, n) => `user${n}@alpha.test/phone`);
    for (const jid of jids) before.login(jid);
    const scene = new Scene({ after: before, start: before.clock.date() });
    scene.fate = () => 'silent';
    scene.replay.online();
    await scene.clock.pass(0);
    const atOnce = scene.pings.length;
    await scene.clock.pass(10_000);
    assert.ok(atOnce <= 1000, `${atOnce} pings at once`);
    assert.deepEqual([...new Set(scene.pings.map(({ to }) => to))].sort(), jids.sort());
  });

  test('an answer to what was never asked shows nothing', async () => {
    const scene = await askedInVain();
    const [asked] = scene.pings.slice(-1);
    const id = asked?.id.replace(/\d+$/, number => String(Number(number) + 1));
    scene.copy(`<iq from='${PHONE}' to='respool.alpha.test' type='result' id='${id}'/>`);
    scene.fates[PHONE] = 'answered';
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('a known device that acts and has shown its presence meanwhile is asked, and gets what it is owed', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    scene.fates[PHONE] = 'returned';
    scene.message('m', 0);
    scene.replay.offline();
    scene.replay.online(); // the phone is asked, and is not there yet
    await scene.clock.pass(1000);
    scene.fates[PHONE] = 'answered'; // it resumes its stream, without a presence
    scene.copy(`<message from='${PHONE}' to='zoe@beta.test' type='chat' id='x'><body>x</body></message>`);
    await scene.clock.pass(30_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.ok(scene.stored().every(({ account, id }) => account !== 'bob@alpha.test' || id === 'x'));
  });
});

describe('a restart while a phone and a laptop are online', () => {
  /** The laptop answers when it is told to. */
  async function restarted(
    priority = 0,
    phone: Fate = 'answered',
    prepare: (before: Scene) => void = () => undefined,
  ): Promise<Scene> {
    const before = new Scene();
    before.login(PHONE);
    before.login(LAPTOP, priority);
    await before.clock.pass(10_000);
    prepare(before);
    const scene = new Scene({ after: before, start: before.clock.date() });
    scene.fates[LAPTOP] = 'silent';
    scene.fates[PHONE] = phone;
    scene.replay.online();
    await scene.clock.pass(0);
    return scene;
  }

  async function answers(scene: Scene, jid: string, then: number): Promise<void> {
    scene.fates[jid] = 'answered';
    scene.answerLast(jid);
    await scene.clock.pass(then);
  }

  const laptopAnswers = (scene: Scene) => answers(scene, LAPTOP, 60_000);

  test('what came for the laptop before either was found, the phone has not got', async () => {
    const scene = await restarted();
    scene.message('m', 1, LAPTOP);
    await scene.clock.pass(1_000);
    await laptopAnswers(scene);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], [], []]);
  });

  test('nor what came for it until it was found, be it slow', async () => {
    const scene = await restarted();
    await scene.clock.pass(1_000);
    scene.message('m', 1, LAPTOP);
    await scene.clock.pass(10_000);
    await laptopAnswers(scene);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  for (const when of ['before', 'after']) {
    test(`nor what came for bob, whose laptop has the higher priority, ${when} the phone was found`, async () => {
      const scene = await restarted(5);
      if (when === 'after') await scene.clock.pass(1_000);
      scene.message('m', 1);
      await scene.clock.pass(1_000);
      await laptopAnswers(scene);
      assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], [], []]);
    });
  }

  test('a laptop that is asleep is there all the same, for as long as its ping is not returned', async () => {
    for (const to of ['bob@alpha.test', LAPTOP]) {
      const scene = await restarted(5);
      await scene.clock.pass(35_000);
      scene.message('m', 1, to);
      await scene.clock.pass(35_000);
      await laptopAnswers(scene);
      assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
    }
  });

  test('where its ping is returned, the phone has got what came later', async () => {
    const scene = await restarted(5);
    await scene.clock.pass(1_000);
    scene.fates[LAPTOP] = 'returned';
    scene.returnLast(LAPTOP);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), []);
  });

  for (const [priority, phone, laptop] of [
    [5, ['m'], []],
    [0, [], []],
  ] as const) {
    test(`what came for bob before either was found, where the laptop (${priority}) answers before the phone (0)`, async () => {
      const scene = await restarted(priority, 'silent');
      scene.message('m', 1);
      await scene.clock.pass(100);
      await answers(scene, LAPTOP, 100);
      await answers(scene, PHONE, 60_000);
      assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [phone, laptop, []]);
    });
  }

  for (const [how, goes] of [
    ['goes', (scene: Scene) => scene.goes(LAPTOP)],
    ['dies', (scene: Scene) => scene.returnLast(LAPTOP)],
    ['comes anew', (scene: Scene) => scene.login(LAPTOP, 5)],
  ] as const) {
    test(`what came for the laptop, which then ${how}, the phone has not got, which is found later`, async () => {
      const scene = await restarted(5, 'silent');
      await scene.clock.pass(20_000);
      scene.message('m', 1);
      await scene.clock.pass(10_000);
      scene.fates[LAPTOP] = 'returned';
      goes(scene);
      await scene.clock.pass(10_000);
      await answers(scene, PHONE, 60_000);
      assert.deepEqual(scene.got(PHONE), ['m']);
    });
  }

  test('a laptop that answers no pings is there, as long as they are not returned', async () => {
    const scene = await restarted(5, 'answered', scene =>
      scene.db.exec("UPDATE device SET mute = 1 WHERE resource = 'laptop'"),
    );
    await scene.clock.pass(40_000);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], [], []]);
    assert.equal(scene.db.prepare('SELECT sum(mute) FROM device').pluck().get(), 1);
    const asked = scene.pings.find(({ to }) => to === LAPTOP);
    scene.copy(`<iq from='${LAPTOP}' to='respool.alpha.test' type='result' id='${asked?.id}'/>`);
    await scene.clock.pass(100);
    assert.equal(scene.db.prepare('SELECT sum(mute) FROM device').pluck().get(), 0);
  });

  test('a session that acts later, before it shows itself, has not got what came before', async () => {
    const scene = await restarted(5);
    await scene.clock.pass(1_000);
    scene.message('m', 1);
    await scene.clock.pass(3_600_000);
    const query = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    scene.copy(`<iq from='${LAPTOP}' to='alpha.test' type='get' id='d'>${query}</iq>`);
    scene.fates[LAPTOP] = 'answered';
    await scene.clock.pass(20_000);
    scene.login(LAPTOP, 5);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], ['m'], []]);
  });

  for (const when of ['before', 'after']) {
    test(`what came for bob, whose devices are equals, ${when} the phone was found, is not given again`, async () => {
      const scene = await restarted();
      if (when === 'after') await scene.clock.pass(1_000);
      scene.message('m', 1);
      await scene.clock.pass(1_000);
      await laptopAnswers(scene);
      const laptop = when === 'after' ? ['m'] : []; // a copy is put down to one session, where one alone is known
      assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [[], laptop, []]);
    });
  }
});
