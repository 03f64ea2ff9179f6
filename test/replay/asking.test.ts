import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fate } from '../way.js';
import { Way } from '../way.js';

const BOB = 'bob@alpha.test';

const presence = (device: string) => `<presence from='${BOB}/${device}' to='${BOB}'/>`;

/** Bob's devices are there, each with its own way to take pings from now on. */
async function asked(fates: Record<string, Fate>, neverPing: string[] = []) {
  const way = new Way({ neverPing });
  for (const device of Object.keys(fates)) way.copy(presence(device));
  await way.clock.pass(60_000);
  way.fate = jid => fates[jid.split('/')[1] ?? ''] ?? 'silent';
  const answers = way.replay.ask(BOB, 5_000);
  await way.clock.pass(5_000);
  return { way, answers: (await answers).map(({ resource, asked: what }) => `${resource} ${what}`) };
}

describe('asking the sessions of an account', () => {
  test('says who has answered, who has not, and who is gone', async () => {
    const { answers } = await asked({ phone: 'answered', laptop: 'silent', tablet: 'returned' });
    assert.deepEqual(answers, ['phone answered', 'laptop silent', 'tablet gone']);
  });

  test('does not wait for who is gone, nor for an answer that has come', async () => {
    const way = new Way();
    for (const device of ['phone', 'laptop']) way.copy(presence(device));
    await way.clock.pass(60_000);
    way.fate = jid => (jid.endsWith('/phone') ? 'answered' : 'returned');
    const answers = way.replay.ask(BOB, 600_000);
    await way.clock.pass(1_000);
    assert.deepEqual(
      (await answers).map(({ asked: what }) => what),
      ['answered', 'gone'],
    );
  });

  test('asks none that is to get no ping, and does not wait for it', async () => {
    const { way } = await asked({ phone: 'answered' }, ['*/bot']);
    way.copy(presence('bot'));
    way.copy(presence('phone'));
    const [phone, bot] = await Promise.all([way.replay.ask(BOB, 5_000), way.clock.pass(5_000)]).then(
      ([answers]) => answers,
    );
    assert.deepEqual([phone?.asked, bot?.asked], ['answered', 'spared']);
  });

  test('asks one that is asleep, and says how long it took', async () => {
    const way = new Way();
    way.fate = () => 'silent';
    way.copy(presence('phone'));
    way.copy(`<message from='alice@alpha.test/pc' to='${BOB}' type='chat' id='m'><body>m</body></message>`);
    await way.clock.pass(30 * 60_000);
    way.fate = () => 'answered';
    const answers = way.replay.ask(BOB, 5_000);
    await way.clock.pass(5_000);
    const [answer] = await answers;
    assert.deepEqual([answer?.line, answer?.asked], ['asleep', 'answered']);
    assert.ok((answer?.took ?? 0) > 0 && (answer?.took ?? 0) < 5_000);
    assert.deepEqual(
      way.replayed.map(({ id }) => id),
      ['m'],
    );
  });

  test('where another respool acts nobody is asked', async () => {
    const way = new Way();
    way.replay.watch();
    await assert.rejects(way.replay.ask(BOB, 1), /only watches/);
  });

  test('nobody there: nothing', async () => {
    assert.deepEqual(await new Way().replay.ask(BOB, 5_000), []);
  });
});
