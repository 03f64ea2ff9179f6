import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALICE, LAPTOP, PHONE, type Scene, withPhone } from './scene.js';

/** The connection is gone with the answer that lets the replay begin, of which no copy comes. Returns what was sent. */
async function replayedToNobody(scene: Scene) {
  const { fate } = scene;
  scene.fate = () => (scene.replayed.length > 0 ? 'silent' : 'answered');
  await scene.clock.pass(3_000);
  scene.fate = fate;
  const [sent] = scene.replayed;
  assert.ok(sent !== undefined);
  return sent;
}

test('a replay that met nobody, and that mod_offline brings to the next stream, is not sent again', async () => {
  const scene = await withPhone();
  scene.goes(PHONE);
  scene.message('m', 0);
  await scene.clock.pass(10_000);
  scene.login(PHONE);
  const sent = await replayedToNobody(scene);
  assert.equal(sent.id, 'm');
  scene.login(PHONE);
  scene.copy(sent.stanza.toString());
  await scene.clock.pass(60_000);
  assert.deepEqual(scene.got(PHONE), ['m']);
  assert.deepEqual(scene.stored(), []);
});

test('a replay that comes back from the session that has died takes nothing from another device', async () => {
  const scene = await withPhone();
  scene.login(LAPTOP);
  await scene.clock.pass(10_000);
  scene.goes(PHONE);
  await scene.clock.pass(3_000);
  scene.fates[LAPTOP] = 'silent';
  scene.message('m', 1);
  await scene.clock.pass(1_000);
  scene.login(PHONE);
  const sent = await replayedToNobody(scene);
  assert.equal(sent.to, PHONE);
  scene.goes(PHONE);
  const error =
    "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
    "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>User session terminated</text></error>";
  scene.copy(
    String(sent.stanza)
      .replace(/ from="[^"]*"/, ` from="${PHONE}"`)
      .replace(/ to="[^"]*"/, ` to="${ALICE}"`)
      .replace(/ type="[^"]*"/, ' type="error"')
      .replace('</message>', `${error}</message>`),
  );
  scene.fates[LAPTOP] = 'answered';
  scene.answerLast(LAPTOP);
  await scene.clock.pass(60_000);
  assert.deepEqual(scene.got(LAPTOP), []);
});
