import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NS } from '../../src/xmpp/namespaces.js';
import { parseStamp } from '../../src/xmpp/stamp.js';
import { ALICE, PHONE, type Scene, withPhone } from './scene.js';

const START = Date.UTC(2026, 0, 20);
const HOUR = 3_600_000;

const delay = (from: string | null, stamp: string) =>
  `<delay xmlns='${NS.delay}'${from === null ? '' : ` from='${from}'`} stamp='${stamp}'/>`;

async function away(): Promise<Scene> {
  const scene = await withPhone({ start: START });
  scene.goes(PHONE);
  return scene;
}

/** Copies a message to bob, lets his phone come later, and tells by whom the replay is stamped, and when. */
async function replayed(
  inside: string,
): Promise<{ at: number; stamps: [string | undefined, string | undefined][] }> {
  const scene = await away();
  const at = scene.clock.date();
  scene.copy(
    `<message from='${ALICE}' to='bob@alpha.test' type='chat' id='m'><body>hello</body>${inside}</message>`,
  );
  await scene.clock.pass(HOUR);
  scene.login(PHONE);
  await scene.clock.pass(10_000);
  assert.equal(scene.replayed.length, 1);
  assert.deepEqual(scene.stored(), [], 'its copy is known for a replay');
  const delays = scene.replayed[0]?.stanza.getChildren('delay', NS.delay) ?? [];
  return { at, stamps: delays.map(({ attrs }) => [attrs.from, attrs.stamp]) };
}

describe('the stamp of a replay', () => {
  test('is when respool saw the message', async () => {
    const { at, stamps } = await replayed('');
    assert.deepEqual(stamps, [['alpha.test', new Date(at).toISOString()]]);
  });

  for (const [from, stamp] of [
    ['evil.example', '1999-01-01T00:00:00Z'],
    ['alice@alpha.test', '2026-01-19T00:00:00Z'],
    [null, '9999-12-31T23:59:59Z'],
    ['evil.example', '+275760-09-13T00:00:00.000Z'],
    ['evil.example', 'never'],
  ] as const) {
    test(`and the sender's own (${from}, ${stamp}) stays as it is beside it`, async () => {
      const { at, stamps } = await replayed(delay(from, stamp));
      assert.deepEqual(stamps, [
        [from ?? undefined, stamp],
        ['alpha.test', new Date(at).toISOString()],
      ]);
    });
  }

  test('is that of the vhost where this has kept the message before (its flood)', async () => {
    const { stamps } = await replayed(delay('alpha.test', '2026-01-19T00:00:00Z'));
    assert.deepEqual(stamps, [['alpha.test', '2026-01-19T00:00:00.000Z']]);
  });

  for (const stamp of [
    '1999-01-01T00:00:00Z',
    '2026-02-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '+275760-09-13T00:00:00Z',
  ]) {
    test(`but not of ${stamp}, when it cannot have been there`, async () => {
      const { at, stamps } = await replayed(delay('alpha.test', stamp));
      assert.deepEqual(stamps, [['alpha.test', new Date(at).toISOString()]]);
    });
  }

  test('that an older respool has stored is written as the nearest that can be', async () => {
    const scene = await away();
    scene.message('m', 0);
    scene.db.prepare('UPDATE message SET stamp = 9000000000000000').run();
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    const [one] = scene.replayed[0]?.stanza.getChildren('delay', NS.delay) ?? [];
    assert.equal(parseStamp(one?.attrs.stamp), Date.UTC(9999, 11, 31, 23, 59, 59, 999));
    assert.deepEqual(scene.stored(), []);
  });
});
