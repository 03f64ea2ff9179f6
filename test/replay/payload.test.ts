import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, LAPTOP, PHONE, type Scene, withPhone } from './scene.js';

/** Sends to bob while nobody of his is there, and lets the phone come. @returns what was in the replays, by id */
async function comes(scene: Scene): Promise<Map<string | undefined, string[]>> {
  scene.login(PHONE);
  await scene.clock.pass(10_000);
  return new Map(
    scene.replayed.map(({ id, stanza }) => [id, stanza.children.map(child => child.toString())] as const),
  );
}

async function away(): Promise<Scene> {
  const scene = await withPhone();
  scene.goes(PHONE);
  return scene;
}

const write = (scene: Scene, id: string, inside: string) =>
  scene.copy(`<message from='${ALICE}' to='bob@alpha.test' type='chat' id='${id}'>${inside}</message>`);

/** What an older respool has stored, or somebody by hand. */
const store = (scene: Scene, id: string, payload: string) =>
  scene.db.prepare('UPDATE message SET payload = ? WHERE stanza_id = ?').run(payload, id);

const refusals = (scene: Scene) =>
  scene.db
    .prepare('SELECT stanza_id, outcome, reason FROM undelivered LEFT JOIN refusal ON line = undelivered.id')
    .raw()
    .all();

describe('what a replay has in it', () => {
  test('is as the sender wrote it, but for a prefix that nothing declares', async () => {
    const scene = await away();
    write(scene, 'm', "<body>hello</body><foo xmlns='u' y:a='1' b='2'/><y:bar/>");
    const [body, foo, ...others] = (await comes(scene)).get('m') ?? [];
    assert.deepEqual([body, foo], ['<body>hello</body>', '<foo xmlns="u" b="2"/>']);
    assert.ok(
      others.every(other => /^<(delay|no-copy|no-permanent-store) /.test(other)),
      others.join(),
    );
    assert.deepEqual(scene.stored(), []);
  });

  test('is no hint of the sender that would speak against the replay, in whatever prefix it came', async () => {
    const scene = await away();
    write(scene, 'm', "<body>hello</body><h:store xmlns:h='urn:xmpp:hints'/>");
    const inside = (await comes(scene)).get('m') ?? [];
    assert.ok(inside.length > 0 && !inside.some(child => child.includes('<store')), inside.join());
  });

  test('is made anew from what an older respool had stored as it came', async () => {
    const scene = await away();
    write(scene, 'm', '<body>hello</body>');
    store(scene, 'm', "<body>hello</body><foo xmlns='u' y:a='1'/>");
    assert.equal((await comes(scene)).get('m')?.[1], '<foo xmlns="u"/>');
  });

  test('and what nothing can be made of is set aside, while the rest of its chunk goes out and is proved', async () => {
    const scene = await away();
    for (const id of ['one', 'ceo', 'two']) write(scene, id, '<body>hello</body>');
    store(scene, 'ceo', "</message><message from='ceo@alpha.test'><body>you are fired</body>");
    assert.deepEqual([...(await comes(scene)).keys()], ['one', 'two']);
    assert.deepEqual(scene.stored(), []);
    assert.deepEqual(refusals(scene), [['ceo', 'refused', 'its payload has more than one message']]);
    const notes = scene.notes.filter(note => note.includes('set aside'));
    assert.equal(notes.length, 1);
    assert.ok(!scene.notes.some(note => note.includes('fired')), 'nothing of it is told');
  });

  test('nor does it go to the other devices of who wrote it', async () => {
    const scene = await away();
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    scene.copy(
      `<message from='${LAPTOP}' to='zoe@far.example' type='chat' id='m'><body>hello</body></message>`,
    );
    store(scene, 'm', '<body>');
    assert.equal((await comes(scene)).size, 0);
    assert.equal(refusals(scene).length, 1);
  });
});
