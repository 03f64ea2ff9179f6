import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseJid } from '../../src/xmpp/jid.js';
import { PHONE, Scene } from '../replay/scene.js';

/** One respool that acts and one that watches, on one server; bob has a phone, which has been there and is away. */
async function pair(): Promise<{ acting: Scene; watching: Scene }> {
  const acting = new Scene();
  const watching = new Scene({ beside: acting });
  watching.replay.watch();
  acting.login(PHONE);
  await acting.clock.pass(10_000);
  acting.goes(PHONE);
  return { acting, watching };
}

describe('a respool that watches', () => {
  test('keeps what the one that acts keeps, and asks and replays nothing', async () => {
    const { acting, watching } = await pair();
    acting.message('m', 0);
    await acting.clock.pass(10_000);
    assert.deepEqual(watching.stored(), acting.stored());
    assert.equal(watching.stored().length, 1);
    assert.deepEqual([watching.pings, watching.replayed], [[], []]);
  });

  test('learns the proof of a replay from the ping of the other, and from its answer', async () => {
    const { acting, watching } = await pair();
    acting.message('m', 0);
    await acting.clock.pass(1_000);
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    assert.deepEqual(acting.got(PHONE), ['m']);
    assert.deepEqual([acting.stored(), watching.stored()], [[], []]);
    assert.deepEqual([watching.pings, watching.replayed], [[], []]);
  });

  test('learns the proof of a live message', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    acting.message('m', 1);
    await acting.clock.pass(10_000);
    assert.deepEqual([acting.stored(), watching.stored()], [[], []]);
  });

  test('takes nothing for proved that the ping of the other did not follow', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    acting.fates[PHONE] = 'silent';
    acting.message('m', 1);
    await acting.clock.pass(4_000);
    acting.message('n', 1); // after the ping
    acting.answerLast(PHONE);
    await acting.clock.pass(1_000);
    assert.deepEqual(
      watching.stored().map(({ id }) => id),
      ['n'],
    );
  });

  test('replays what is owed when it is to act', async () => {
    const { acting, watching } = await pair();
    acting.message('m', 0);
    await acting.clock.pass(1_000);
    acting.replay.watch(); // it is gone
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    watching.replay.act();
    await acting.clock.pass(10_000);
    assert.deepEqual([acting.got(PHONE), watching.got(PHONE)], [[], ['m']]);
    assert.deepEqual(watching.stored(), []);
  });

  test('asks, when it is to act, for the proof of what the other has not asked for', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    acting.message('m', 1);
    acting.replay.watch();
    await acting.clock.pass(60_000);
    watching.replay.act();
    await acting.clock.pass(10_000);
    assert.deepEqual([watching.replayed, watching.stored(), watching.pings.length], [[], [], 1]);
  });

  test('takes a late answer to the ping of the other for what it is', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    acting.fates[PHONE] = 'silent';
    watching.fates[PHONE] = 'silent';
    acting.message('m', 1);
    await acting.clock.pass(4_000);
    acting.replay.watch();
    watching.replay.act();
    await acting.clock.pass(1_000);
    acting.answerLast(PHONE);
    await acting.clock.pass(1_000);
    assert.deepEqual([watching.replayed, watching.stored()], [[], []]);
  });

  test('is told by the other of a session that the server does not know any more', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    const jid = parseJid(PHONE);
    assert.ok(jid !== null && watching.sessions.get(jid) !== undefined);
    watching.replay.hasGone(jid);
    assert.equal(watching.sessions.get(jid), undefined);
  });
});
