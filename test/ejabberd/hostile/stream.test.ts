import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from '../client.js';
import { type Scene, scene } from '../scene.js';

/** What respool has said of its connection. */
const said = (stage: Scene, what: RegExp) => stage.respool.lines.filter(line => what.test(line));

/** alice, and somebody who is away. */
async function away(stage: Scene): Promise<{ alice: Client; bob: string }> {
  return { alice: await stage.login(`${await stage.user('alice')}/pc`), bob: await stage.user('bob') };
}

describe("one user's message with a prefix that nothing declares in its copy", () => {
  const stage = scene();
  const HOSTILE = "<foo xmlns='u' y:a='1' b='2'/><y:bar/>";

  test('is replayed, with those of others, and the stream is never closed', async () => {
    const { alice, bob } = await away(stage);
    const carol = await stage.login(`${await stage.user('carol')}/pc`);
    alice.send(
      `<message xmlns:y='urn:foo' to='${bob}' type='chat' id='h'><body>hostile</body>${HOSTILE}</message>`,
    );
    await alice.flush();
    carol.message(bob, 'honest');
    await carol.flush();
    await stage.server.purgeOffline(bob, 2);
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(2);
    await stage.respool.empty();
    assert.deepEqual(phone.texts(), ['hostile', 'honest']);
    const foo = phone.messages[0]?.getChild('foo', 'u');
    assert.deepEqual([foo?.attrs.b, phone.messages[0]?.getChild('body') !== undefined], ['2', true]);
    assert.deepEqual(said(stage, /not connected|stream error/), []);
    assert.equal(said(stage, /^connected to/).length, 1);
    await stage.respool.until('it is counted', () => stage.respool.counter('mended') > 0);
    assert.equal(said(stage, /left out: a prefix that nothing declares/).length, 1);
  });

  test('also where an older respool has stored it as it came', async () => {
    const { alice, bob } = await away(stage);
    alice.message(bob, 'hostile');
    await alice.flush();
    await stage.server.purgeOffline(bob, 1);
    stage.respool.change(
      'UPDATE message SET payload = payload || ? WHERE account = (SELECT id FROM account WHERE jid = ?)',
      HOSTILE,
      bob,
    );
    const phone = await stage.login(`${bob}/phone`);
    await phone.bodies(1);
    await stage.respool.empty();
    assert.deepEqual(said(stage, /not connected|stream error/), []);
  });
});

describe('a message that ejabberd does not take', () => {
  const LARGEST = 50_000;
  const stage = scene({ largestOfComponent: LARGEST });

  test('is found and set aside; all others arrive, and nobody else waits for long', async () => {
    const { alice, bob } = await away(stage);
    const { bob: eve } = await away(stage);
    const bodies = ['one', 'two', 'x'.repeat(8 * LARGEST), 'three', 'four'];
    for (const body of bodies) alice.message(bob, body, { id: body.slice(0, 5) });
    alice.message(eve, 'for eve');
    await alice.flush();
    await stage.server.purgeOffline(bob, bodies.length);
    const phone = await stage.login(`${bob}/phone`);
    const others = await stage.login(`${eve}/phone`);
    await others.bodies(1);
    await stage.respool.empty();
    // what had no proof when the stream ended comes once more
    assert.deepEqual([...new Set(phone.texts())], ['one', 'two', 'three', 'four']);
    assert.deepEqual([...new Set(others.texts())], ['for eve']);
    const lines = stage.respool.query<{ stanza_id: string; outcome: string; reason: string }>(
      'SELECT stanza_id, outcome, reason FROM undelivered JOIN refusal ON line = undelivered.id',
    );
    assert.deepEqual(
      lines.map(({ stanza_id, outcome }) => [stanza_id, outcome]),
      [['xxxxx', 'refused']],
    );
    assert.match(lines[0]?.reason ?? '', /policy-violation, ".*too big/);
    assert.equal(said(stage, /stream error: policy-violation/).length, 2, 'together, and alone');
    assert.equal(said(stage, /set aside/).length, 1);
    assert.equal(stage.respool.counter('refused'), 1);
    const before = phone.texts().length;
    alice.message(bob, 'afterwards');
    await phone.bodies(before + 1);
    assert.equal(phone.texts().at(-1), 'afterwards');
  });
});
