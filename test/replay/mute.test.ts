import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PHONE, Scene, withPhone } from './scene.js';

/** A device that was never seen to answer a ping, taken for one that answers none: its pings go behind much else. */
async function takenForMute(): Promise<Scene> {
  const scene = new Scene();
  scene.login(PHONE);
  scene.fates[PHONE] = 'silent';
  for (let n = 0; n < 20 && !scene.notes.some(note => note.includes('answers no pings')); n++) {
    scene.message(`m${n}`, 1);
    await scene.clock.pass(10_000);
    scene.copy(`<message from='${PHONE}' to='zoe@beta.test' type='chat' id='x${n}'><body>x</body></message>`);
    await scene.clock.pass(10_000);
  }
  assert.match(scene.notes.join('\n'), /answers no pings/);
  return scene;
}

/** The phone's copy of a message is not taken for its receipt. */
async function keepsWhatIsNotProved(scene: Scene): Promise<void> {
  scene.fates[PHONE] = 'silent';
  scene.message('live', 1);
  await scene.clock.pass(20_000);
  assert.ok(scene.stored().some(({ id }) => id === 'live'));
  assert.equal(scene.db.prepare('SELECT mute FROM device').pluck().get(), 0);
}

describe('a device that was taken for one that answers no pings', () => {
  test('was so only after four pings that it let go by while it wrote', async () => {
    const scene = await takenForMute();
    let [waited, overdueAt] = [0, 0];
    for (const { at } of scene.pings) {
      if (at < overdueAt || at + 30_000 > scene.clock.now()) continue; // of those that wait together one counts
      waited++;
      overdueAt = at + 30_000;
    }
    assert.equal(waited, 4);
  });

  test('is none any more with the first answer, though that comes when nobody waits for it', async () => {
    const scene = await takenForMute();
    const early = scene.pings[0];
    scene.copy(`<iq from='${PHONE}' to='respool.alpha.test' type='result' id='${early?.id}'/>`);
    const before = scene.stored().length;
    scene.message('live', 1);
    await scene.clock.pass(20_000);
    assert.equal(scene.stored().length, before + 1);
    assert.match(scene.notes.join('\n'), /answers pings again/);
  });

  test('is none any more where it answers when respool looks who is there', async () => {
    const scene = await takenForMute();
    scene.replay.offline();
    scene.fates[PHONE] = 'answered';
    scene.replay.online();
    await scene.clock.pass(100);
    await keepsWhatIsNotProved(scene);
  });
});

describe('a device that was taken for one that answers no pings, at its next login', () => {
  test('is none any more where it answers before the spool has said so', async () => {
    const before = await takenForMute();
    const scene = new Scene({ after: before, start: before.clock.date(), latency: 300 });
    scene.login(PHONE);
    scene.message('m', 1, PHONE);
    await scene.clock.pass(100);
    assert.ok(scene.pings.length > 0);
    await scene.clock.pass(2_000);
    await keepsWhatIsNotProved(scene);
  });

  test('is not said to have answered where a login makes its stream doubtful', async () => {
    const scene = await takenForMute();
    scene.message('live', 1);
    scene.asksRoster(PHONE);
    scene.fates[PHONE] = 'silent';
    await scene.clock.pass(20_000);
    assert.deepEqual(scene.stored(), []);
    assert.deepEqual(scene.db.prepare('SELECT proofs, proof_ms FROM device').get(), {
      proofs: 0,
      proof_ms: null,
    });
  });
});

test('that a device has gone to sleep is a note of its own kind, for there are many', async () => {
  const scene = await withPhone();
  scene.fates[PHONE] = 'silent';
  scene.message('m', 1);
  await scene.clock.pass(60_000);
  assert.deepEqual(scene.asleep, [`${PHONE}: no answer to a ping, its messages stay pending`]);
  assert.deepEqual(scene.notes, []);
});
