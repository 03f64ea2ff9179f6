import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Jid, parseJid } from '../../src/xmpp/jid.js';
import { LAPTOP, PHONE, Scene, withPhone } from './scene.js';

/** The phone's connection is gone, and ejabberd has handed it two messages, the second after a ping. */
async function asleep(more: (scene: Scene) => void = () => undefined): Promise<Scene> {
  const scene = await withPhone();
  scene.fates[PHONE] = 'silent';
  scene.message('m', 1);
  await scene.clock.pass(1000);
  scene.message('n', 1);
  more(scene);
  await scene.clock.pass(10);
  return scene;
}

/** The next process, of the one before that was killed; the phone is still asleep. */
async function after(before: Scene): Promise<Scene> {
  const scene = new Scene({ after: before, start: before.clock.date() });
  scene.fates[PHONE] = 'silent';
  scene.replay.online();
  await scene.clock.pass(5000);
  return scene;
}

/** How much is written down. */
function rows({ db }: Scene): unknown {
  const both = 'SELECT (SELECT count(*) FROM asleep_ping) + (SELECT count(*) FROM asleep_message)';
  return db.prepare(both).pluck().get();
}

/** The phone resumes its stream: it gets what waited there, and answers the pings in their order. */
async function resumes(scene: Scene, ...before: Scene[]): Promise<void> {
  scene.fates[PHONE] = 'answered';
  for (const { to, id } of [...before, scene].flatMap(({ pings }) => pings)) {
    if (to === PHONE) scene.copy(`<iq from='${PHONE}' to='respool.alpha.test' type='result' id='${id}'/>`);
  }
  await scene.clock.pass(20_000);
}

test('what a session is handed in the moment in which respool is taken over is proved by its late answer', async () => {
  const before = await withPhone();
  const finished = before.replay.finish(1500);
  before.fates[PHONE] = 'silent'; // its answers take so long
  before.message('m', 1);
  await before.clock.pass(1);
  await finished;
  const scene = new Scene({ after: before, start: before.clock.date() });
  scene.replay.inherit(before.sessions.list(before.clock.now()));
  scene.replay.online();
  await resumes(scene, before);
  assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
});

test('what another device gets before it is found is owed to the one addressed, which comes a moment later', async () => {
  const before = await withPhone();
  before.login(LAPTOP);
  before.goes(PHONE);
  await before.clock.pass(5000);
  const scene = new Scene({ after: before, start: before.clock.date() });
  scene.replay.online();
  scene.message('m', 1, PHONE);
  await scene.clock.pass(1);
  scene.login(PHONE);
  await scene.clock.pass(20_000);
  assert.ok(scene.got(PHONE).includes('m'));
  assert.deepEqual(scene.stored(), []);
});

describe('a session that is asleep when respool is killed', () => {
  test('is not sent again what it gets by its resumption', async () => {
    const before = await asleep();
    const scene = await after(before);
    assert.deepEqual(scene.got(PHONE), []);
    await resumes(scene, before);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  test('nor what it is handed while the next process runs', async () => {
    const before = await asleep();
    const scene = await after(before);
    scene.message('o', 1);
    await scene.clock.pass(60_000);
    await resumes(scene, before);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  test('nor after a second kill', async () => {
    const first = await asleep();
    const second = await after(first);
    second.message('o', 1);
    await second.clock.pass(60_000);
    const scene = await after(second);
    await resumes(scene, first, second);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  test('nor after one before its ping is overdue and one after that', async () => {
    const first = await asleep(scene => scene.message('o', 1));
    await first.clock.pass(2_000_000); // it has been asked again
    const scene = await after(first);
    await resumes(scene, first);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  test('is sent all of it where only the ping of the next process is answered: its stream may be new', async () => {
    const scene = await after(await asleep());
    await resumes(scene);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m', 'n'], []]);
  });

  test('is owed all of it where the server says that it has ended', async () => {
    const before = await asleep();
    const scene = await after(before);
    scene.returnLast(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(20_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m', 'n'], []]);
  });

  test('leaves no row behind when it has ended', async () => {
    const scene = await after(await asleep());
    scene.returnLast(PHONE);
    assert.equal(rows(scene), 0);
  });

  test('is owed all of it where its old ping comes back', async () => {
    const before = await asleep();
    const scene = await after(before);
    scene.replay.pingReturned(
      parseJid(PHONE) as Jid,
      before.pings.findLast(({ to }) => to === PHONE)?.id ?? '',
      'terminated',
    );
    scene.login(PHONE);
    await scene.clock.pass(20_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m', 'n'], []]);
  });

  test('is owed all of it where it logs in anew', async () => {
    const scene = await after(await asleep());
    scene.asksRoster(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(20_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m', 'n'], []]);
  });

  test('is owed a message that came back to its sender', async () => {
    const before = await asleep();
    const scene = await after(before);
    scene.comesBack('n');
    await resumes(scene, before);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['n'], []]);
  });

  test('keeps nothing from the other devices of its account', async () => {
    const before = await withPhone();
    before.login(LAPTOP);
    await before.clock.pass(10_000);
    before.goes(LAPTOP);
    before.fates[PHONE] = 'silent';
    before.message('m', 1);
    await before.clock.pass(1000);
    const scene = await after(before);
    scene.login(LAPTOP);
    await scene.clock.pass(20_000);
    assert.deepEqual(scene.got(LAPTOP), ['m']);
    await resumes(scene, before);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  test('is not sent again what was said in a room', async () => {
    const before = await asleep(scene => {
      scene.join(PHONE, 'bob');
      scene.say('r', PHONE);
    });
    const scene = await after(before);
    await resumes(scene, before);
    scene.say('s', PHONE);
    await scene.clock.pass(20_000);
    scene.spool.apply([{ do: 'sweep', at: scene.clock.date() }]);
    assert.deepEqual([scene.got(PHONE), scene.db.prepare('SELECT key FROM room_message').all()], [[], []]);
  });

  test('is asked once, though it was asked before', async () => {
    const scene = await after(await asleep());
    await scene.clock.pass(60_000);
    assert.equal(scene.pings.filter(({ to }) => to === PHONE).length, 1);
  });

  test('leaves no row behind when it has answered', async () => {
    const before = await asleep();
    assert.equal(rows(before), 3);
    await resumes(await after(before), before);
    assert.equal(rows(before), 0);
  });
});

describe('before respool goes', () => {
  test('it waits no longer for the proof of a session that has ended', async () => {
    const scene = await withPhone();
    scene.fates[PHONE] = 'silent';
    scene.message('m', 1);
    let finished = false;
    void scene.replay.finish(1_500).then(() => {
      finished = true;
    });
    await scene.clock.pass(100);
    assert.ok(!finished);
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    await scene.clock.pass(1);
    assert.ok(finished);
  });
});

test('what comes to a session that is found to be there is proved at once, for it has been in the tables of the server', async () => {
  const before = await withPhone();
  const scene = new Scene({ after: before, start: before.clock.date() });
  scene.fates[PHONE] = 'answered';
  scene.replay.online();
  while (scene.sessions.of('bob@alpha.test').every(({ priority }) => priority === null))
    await scene.clock.pass(10);
  scene.message('m', 1);
  await scene.clock.pass(500);
  assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
});
