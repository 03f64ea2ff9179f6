import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LAPTOP, PHONE, ROOM, Scene, withPhone } from './scene.js';

describe('rooms', () => {
  test('a room that says a session is out gives it nothing until it has joined again', async () => {
    const scene = await withPhone();
    const carol = 'carol@alpha.test/desk';
    scene.login(carol);
    for (const jid of [PHONE, carol]) scene.join(jid, jid.slice(0, 3));
    await scene.clock.pass(10_000);
    // the stream that was in it has ended; the presence of the next one has come before
    scene.copy(
      `<presence from='${ROOM}/bob' to='${PHONE}' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>`,
    );
    scene.say('missed', carol);
    await scene.clock.pass(10_000);
    scene.replay.replayNow('bob@alpha.test');
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), []);
    scene.join(PHONE, 'bob');
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['missed']);
  });

  const MUC = 'http://jabber.org/protocol/muc';
  const outOf = (room: string) =>
    `<presence from='${room}/bob' to='${PHONE}' type='unavailable'><x xmlns='${MUC}#user'><status code='110'/></x></presence>`;
  const intoRoom = `<presence from='${ROOM}/bob' to='${PHONE}'><x xmlns='${MUC}#user'><status code='110'/></x></presence>`;

  for (const [what, isRestarted] of [
    ['that the spool knows', false],
    ['that asked before respool was there', true],
  ] as const) {
    test(`a device ${what}, and that is out before and after it is let in, is in no room`, async () => {
      const first = await withPhone();
      first.login(LAPTOP);
      first.join(PHONE, 'bob');
      first.join(LAPTOP, 'bobs laptop');
      await first.clock.pass(10_000);
      const scene = new Scene({ after: first });
      scene.replay.online();
      scene.login(LAPTOP);
      await scene.clock.pass(10_000);
      scene.say('missed', LAPTOP);
      scene.login(PHONE);
      if (!isRestarted) {
        scene.copy(`<presence from='${PHONE}' to='${ROOM}/bob'><x xmlns='${MUC}'/></presence>`);
        scene.copy(outOf(ROOM)); // the end of the last stream
      }
      scene.copy(intoRoom);
      scene.copy(outOf(ROOM));
      await scene.clock.pass(20_000);
      assert.deepEqual(scene.got(PHONE), []);
      scene.join(PHONE, 'bob');
      await scene.clock.pass(20_000);
      assert.deepEqual(scene.got(PHONE), ['missed']);
    });
  }

  test('a session that is heard there though its join was not seen gets what it missed', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    scene.join(PHONE, 'bob');
    scene.join(LAPTOP, 'bobs laptop');
    await scene.clock.pass(10_000);
    scene.fates[PHONE] = 'returned';
    scene.say('missed', LAPTOP);
    await scene.clock.pass(10_000);
    scene.replay.offline(); // and all knowledge of who is where is gone
    scene.fates[PHONE] = 'answered';
    scene.replay.online();
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), [], 'it may not be in the room, and would drop it');
    scene.say('live', PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['missed']);
  });
});
