import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, LAPTOP, PHONE, type Scene, withPhone } from './scene.js';

const ACCOUNT = 'bob@alpha.test';

const origin = (id: string) => `<origin-id xmlns='urn:xmpp:sid:0' id='${id}'/>`;
const text = (id: string, body: string, inside = '') =>
  `<message from='${ALICE}' to='${ACCOUNT}' type='chat' id='${id}'><body>${body}</body>${inside}</message>`;

function bounce(stanza: string): string {
  const error =
    "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
    "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>User session terminated</text></error>";
  return stanza
    .replace(`from='${ALICE}' to='${ACCOUNT}'`, `from='${ACCOUNT}' to='${ALICE}'`)
    .replace("type='chat'", "type='error'")
    .replace('</message>', `${error}</message>`);
}

/** These were handed to a session of the phone that died, and have come back to alice. */
async function returned(...stanzas: string[]): Promise<Scene> {
  const scene = await withPhone();
  scene.login(ALICE);
  scene.fates[PHONE] = 'silent';
  for (const stanza of stanzas) for (let copies = 0; copies < 2; copies++) scene.copy(stanza);
  await scene.clock.pass(60_000);
  scene.fates[PHONE] = 'returned';
  for (const stanza of stanzas) scene.copy(bounce(stanza));
  scene.goes(PHONE);
  await scene.clock.pass(5_000);
  return scene;
}

async function comes(scene: Scene): Promise<(string | undefined)[]> {
  scene.login(PHONE);
  await scene.clock.pass(10_000);
  return scene.got(PHONE);
}

describe('a message that came back, and that its writer writes again', () => {
  test('in the same words comes once', async () => {
    const scene = await returned(text('a', 'hello'));
    scene.copy(text('b', 'hello'));
    assert.deepEqual(await comes(scene), ['b']);
    assert.equal(scene.counter('dropped'), 1);
    assert.deepEqual(scene.stored(), []);
  });

  test('in the same words, but before anybody can have read that it came back: both come', async () => {
    const scene = await withPhone();
    scene.login(ALICE);
    scene.goes(PHONE);
    for (const id of ['a', 'b', 'c']) {
      scene.copy(text(id, 'disk full'));
      scene.copy(bounce(text(id, 'disk full')));
      await scene.clock.pass(300);
    }
    assert.deepEqual(await comes(scene), ['a', 'b', 'c']);
  });

  test('in the same words under another origin-id comes once', async () => {
    const scene = await returned(text('a', 'hello', origin('a')));
    scene.copy(text('b', 'hello', origin('b')));
    assert.deepEqual(await comes(scene), ['b']);
  });

  test('under the same origin-id comes once, whatever else is in it', async () => {
    const scene = await returned(text('a', 'hello', origin('o')));
    scene.copy(text('b', 'hello', `<markable xmlns='urn:xmpp:chat-markers:0'/>${origin('o')}`));
    assert.deepEqual(await comes(scene), ['b']);
  });

  test('under the same id comes once', async () => {
    const scene = await returned(text('a', 'hello', origin('x')));
    scene.copy(text('a', 'hello', origin('y')));
    assert.deepEqual(await comes(scene), ['a']);
  });

  test('once more after a restart of respool', async () => {
    const scene = await returned(text('a', 'hello'));
    const { Scene } = await import('./scene.js');
    const next = new Scene({ after: scene, start: scene.clock.date() });
    next.login(ALICE);
    next.copy(text('b', 'hello'));
    assert.deepEqual(await comes(next), ['b']);
  });

  test('two in the same words came back: nobody can tell which is written again, and all come', async () => {
    const scene = await returned(text('a', 'hello'), text('b', 'hello'));
    scene.copy(text('c', 'hello'));
    scene.copy(text('d', 'hello'));
    assert.deepEqual(await comes(scene), ['a', 'b', 'c', 'd']);
  });

  test('other words, or the words of somebody else, are another message', async () => {
    const scene = await returned(text('a', 'hello'));
    scene.copy(text('b', 'hello?'));
    scene.copy(text('c', 'hello').replace(ALICE, 'eve@alpha.test/pc'));
    assert.deepEqual(await comes(scene), ['a', 'b', 'c']);
  });

  test('other words under the same id are another message', async () => {
    const scene = await returned(text('1', 'hello', origin('1')));
    scene.copy(text('1', 'hello?', origin('1')));
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(
      scene.replayed.map(({ body }) => body),
      ['hello', 'hello?'],
    );
  });

  test('what has not come back is another message', async () => {
    const scene = await withPhone();
    scene.goes(PHONE);
    await scene.clock.pass(5_000);
    scene.copy(text('a', 'ok'));
    scene.copy(text('b', 'ok'));
    assert.deepEqual(await comes(scene), ['a', 'b']);
  });

  test('while the first is on its way already, the second comes too', async () => {
    const scene = await returned(text('a', 'hello'));
    scene.fates[PHONE] = 'answered';
    scene.login(PHONE);
    await scene.clock.pass(2_500);
    scene.fates[PHONE] = 'silent';
    await scene.clock.pass(1_000);
    assert.deepEqual(scene.got(PHONE), ['a']);
    for (let copies = 0; copies < 2; copies++) scene.copy(text('b', 'hello'));
    scene.fates[PHONE] = 'answered';
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), ['a']);
    assert.deepEqual([scene.stored(), scene.counter('dropped')], [[], 0]);
  });

  test('is owed to who lacks it, though another device has had the first', async () => {
    const scene = await withPhone();
    scene.login(ALICE);
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    scene.fates[PHONE] = 'silent';
    for (let copies = 0; copies < 3; copies++) scene.copy(text('a', 'hello'));
    await scene.clock.pass(60_000);
    scene.fates[PHONE] = 'returned';
    scene.copy(bounce(text('a', 'hello')));
    scene.goes(PHONE);
    await scene.clock.pass(5_000);
    for (let copies = 0; copies < 2; copies++) scene.copy(text('b', 'hello'));
    await scene.clock.pass(10_000);
    assert.deepEqual(await comes(scene), ['b']);
    assert.deepEqual(scene.stored(), []);
  });
});
