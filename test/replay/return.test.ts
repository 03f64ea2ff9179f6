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

  test('those that are asleep hold up nobody, be they thousands', async () => {
    const before = new Scene();
    const jids = Array.from({ length: 3000 }, (_, n) => `user${n}@alpha.test/phone`);
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
