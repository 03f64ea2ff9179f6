import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseJid } from '../../src/xmpp/jid.js';
import { PHONE, Scene, withPhone } from './scene.js';

const COUNT = 500;
const DAY = 86_400_000;
/** A ping takes so long in a scene, in ms. */
const TRAVEL = 5;

/** The phone is away, and so many messages wait for it. */
async function backlog(): Promise<Scene> {
  const scene = await withPhone();
  scene.goes(PHONE);
  for (let n = 0; n < COUNT; n++) scene.message(`m${n}`, 0);
  return scene;
}

/** What tells first that the server has ended the session: pings that come back, by their place from the end, or its presence. */
const TOLD: Record<string, (scene: Scene) => void> = {
  'its last ping': scene => comesBack(scene, -1, 'terminated'),
  'its last ping, which met nobody': scene => comesBack(scene, -1, 'missing'),
  'a ping that it has answered, and not acknowledged': scene => {
    comesBack(scene, -2, 'terminated');
    comesBack(scene, -1, 'missing');
  },
  'its presence': scene => scene.goes(PHONE),
};

function comesBack(scene: Scene, nth: number, end: 'terminated' | 'missing'): void {
  const [jid, ping] = [parseJid(PHONE), scene.pings.at(nth)];
  if (jid !== null && ping !== undefined) scene.replay.pingReturned(jid, ping.id, end);
}

/** The phone logs in; as soon as more than `most` are on their way the server ends its session. True where that happened. */
async function isEnded(scene: Scene, most: number, told = TOLD['its last ping']): Promise<boolean> {
  let lost = false;
  scene.fate = (_, now) => {
    const proved = scene.pings.findLast(({ at }) => at + TRAVEL <= now)?.after ?? 0;
    lost ||= scene.replayed.length - proved > most;
    return lost ? 'silent' : 'answered';
  };
  scene.login(PHONE);
  for (let ms = 0; ms < 20_000 && !lost && scene.counter('pending') > 0; ms++) await scene.clock.pass(1);
  if (!lost) return false;
  await scene.clock.pass(100);
  told?.(scene);
  await scene.clock.pass(1_000);
  return true;
}

describe('a device whose session the server has ended in a replay', () => {
  for (const [what, told] of Object.entries(TOLD)) {
    test(`gets few at a time from its next login on, where that is told by ${what}`, async () => {
      const scene = await backlog();
      assert.ok(await isEnded(scene, 60, told));
      assert.ok(!(await isEnded(scene, 60)), 'once is enough');
      assert.equal(scene.counter('pending'), 0);
    });
  }

  test('also from another respool, until two days later', async () => {
    const scene = await backlog();
    assert.ok(await isEnded(scene, 60));
    const next = new Scene({ after: scene, start: scene.clock.date() });
    assert.ok(!(await isEnded(next, 60)));
    next.goes(PHONE);
    await next.clock.pass(2 * DAY);
    for (let n = 0; n < COUNT; n++) next.message(`n${n}`, 0);
    assert.ok(await isEnded(next, 60), 'four times as many are tried');
  });
});
