import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, withPhone } from './scene.js';

test('a replay that met nobody, and that mod_offline brings to the next stream, is not sent again', async () => {
  const scene = await withPhone();
  scene.goes(PHONE);
  scene.message('m', 0);
  await scene.clock.pass(10_000);
  scene.login(PHONE);
  // its connection is gone with the answer that lets the replay begin, of which no copy comes
  const { fate } = scene;
  scene.fate = () => (scene.replayed.length > 0 ? 'silent' : 'answered');
  await scene.clock.pass(3_000);
  const [sent] = scene.replayed;
  assert.equal(sent?.id, 'm');
  scene.fate = fate;
  scene.login(PHONE);
  scene.copy(sent.stanza.toString());
  await scene.clock.pass(60_000);
  assert.deepEqual(scene.got(PHONE), ['m']);
  assert.deepEqual(scene.stored(), []);
});
