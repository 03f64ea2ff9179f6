import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, LAPTOP, PHONE, Scene, withPhone } from './scene.js';

/** The laptop alone is known to be online, and a message to the phone's full JID was taken by a session. */
async function withMessageToPhone(): Promise<Scene> {
  const scene = await withPhone();
  scene.login(LAPTOP);
  await scene.clock.pass(10_000);
  scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
  const text = `<message from='${ALICE}' to='${PHONE}' type='chat' id='m'><body>hello</body></message>`;
  scene.copy(text);
  scene.copy(text);
  return scene;
}

describe('a replay', () => {
  test('goes on where a presence ends the proof of chunks that are under way', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    for (let n = 0; n < 450; n++) scene.message(`m${n}`, 0);
    scene.login(PHONE);
    await scene.clock.pass(2000);
    scene.login(PHONE);
    await scene.clock.pass(30_000);
    assert.equal(new Set(scene.got(PHONE)).size, 450);
    assert.deepEqual(scene.stored(), []);
  });

  test('has what the flood brought for a session that was bound but not seen yet', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    await scene.clock.pass(10_000);
    for (const jid of [PHONE, LAPTOP])
      scene.copy(`<presence from='${jid}' to='bob@alpha.test' type='unavailable'/>`);
    const delay =
      "<delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='2026-11-23T04:42:21Z'>Offline storage</delay>";
    scene.login(LAPTOP);
    await scene.clock.pass(300);
    // the laptop has had the queue emptied, but this went to the phone
    scene.copy(
      `<message from='${ALICE}' to='${PHONE}' type='chat' id='m'><body>hello</body>${delay}</message>`,
    );
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(LAPTOP), scene.stored()], [['m'], []]);
  });

  test('has what came at once for a session that was bound but not seen yet', async () => {
    const scene = await withMessageToPhone(); // which has it, and not the laptop
    await scene.clock.pass(1_000);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(LAPTOP), scene.stored()], [['m'], []]);
  });

  for (const [when, gap] of [
    ['at which nobody shows up', 10_000],
    ['of which the server says that nobody is there, though somebody shows up soon', 500],
  ] as const) {
    test(`has not what came to another one for a full JID ${when}`, async () => {
      const scene = await withMessageToPhone();
      scene.fates[PHONE] = 'returned';
      await scene.clock.pass(gap);
      scene.login(PHONE);
      await scene.clock.pass(10_000);
      assert.deepEqual([scene.got(LAPTOP), scene.got(PHONE), scene.stored()], [[], ['m'], []]);
    });
  }

  test('has what came to another one for a full JID that answers, and has not been seen yet', async () => {
    const scene = await withMessageToPhone();
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(LAPTOP), ['m']);
  });

  test('does not miss what comes while its last question to the spool is under way', async () => {
    const scene = new Scene({ latency: 400 });
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    scene.fates[PHONE] = 'returned';
    scene.message('first', 0);
    await scene.clock.pass(10_000);
    scene.login(LAPTOP);
    scene.login(PHONE);
    for (let tries = 0; tries < 10_000 && scene.got(PHONE).length === 0; tries++) await scene.clock.pass(1);
    scene.copy(
      `<message from='${LAPTOP}' to='zoe@alpha.test' type='chat' id='own'><body>hello</body></message>`,
    );
    scene.message('live', 2); // for which it is pinged before that question is answered
    await scene.clock.pass(60_000);
    assert.ok(scene.got(PHONE).includes('own'), 'what came last');
  });

  test('of the process before this one, proved meanwhile, is not taken for a message of the flood', async () => {
    const scene = await withPhone();
    const flood = `<message from='${ALICE}' to='${PHONE}' type='chat' id='m'><body>hello</body><delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='2026-11-23T04:42:21Z'/></message>`;
    const hints = "<no-copy xmlns='urn:xmpp:hints'/><no-permanent-store xmlns='urn:xmpp:hints'/></message>";
    scene.copy(flood.replace('</message>', hints));
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.counter('stored') ?? 0], [[], 0]);
    scene.copy(flood.replaceAll("'m'", "'n'"));
    await scene.clock.pass(60_000);
    assert.equal(scene.counter('stored'), 1, 'of the flood');
    const withHints = flood.replaceAll("'m'", "'o'").replace('</message>', hints); // as clients write with OTR
    scene.copy(withHints.replace("Z'/>", "Z'>Offline storage</delay>"));
    await scene.clock.pass(60_000);
    assert.equal(scene.counter('stored'), 2, 'with hints of its writer');
  });

  test('whose pings are answered late, one after the other, is not of a device that answers none', async () => {
    const scene = await withPhone({ latency: 20 }); // so that not all pings go out at the same time
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    for (let id = 0; id < 3200; id++) scene.message(`m${id}`, 0);
    scene.login(PHONE);
    scene.fate = () => (scene.replayed.length <= 1600 ? 'answered' : 'silent');
    for (let waits = 0; scene.replayed.length <= 1600 && waits < 10_000; waits++) await scene.clock.pass(1);
    await scene.clock.pass(100);
    const sent = scene.replayed.length;
    for (let late = 0; late < 20 && scene.stored().length > 0; late++) {
      await scene.clock.pass(40_000);
      scene.answerLast(PHONE); // which proves what that ping had closed
      await scene.clock.pass(1_100);
    }
    assert.ok(!scene.notes.some(note => note.includes('answers no pings')));
    assert.deepEqual([scene.replayed.length, scene.stored().length], [3200, 0], `${sent} before the first`);
  });

  test('to a client that writes, but has not got the first chunk for minutes, is not taken for proved', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    for (let id = 0; id < 500; id++) scene.message(`m${id}`, 0);
    scene.login(PHONE);
    scene.fate = () => (scene.replayed.length === 0 ? 'answered' : 'silent');
    for (let seconds = 0; seconds < 1_200; seconds++) {
      scene.copy(
        `<message from='${PHONE}' to='zoe@beta.test' type='chat' id='x${seconds}'><body>x</body></message>`,
      );
      await scene.clock.pass(1_000);
    }
    assert.deepEqual([scene.replayed.length, scene.stored().length], [48, 500]);
  });

  test('on a line that takes longer for a chunk than a ping may take has less and less under way', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    for (let id = 0; id < 1_500; id++) scene.message(`m${id}`, 0);
    scene.login(PHONE);
    scene.fate = () => (scene.replayed.length === 0 ? 'answered' : 'silent');
    await scene.clock.pass(3_000);
    let [delivered, answered, most] = [0, scene.pings.findIndex(({ after }) => after > 0), 0];
    for (; scene.counter('pending') > 0 && delivered < 3_000; delivered++) {
      for (; (scene.pings[answered]?.after ?? Number.POSITIVE_INFINITY) <= delivered; answered++) {
        const id = scene.pings[answered]?.id;
        scene.copy(`<iq from='${PHONE}' to='respool.alpha.test' type='result' id='${id}'/>`);
      }
      await scene.clock.pass(400); // for each message
      if (delivered > 400) most = Math.max(most, scene.replayed.length - delivered);
    }
    assert.ok(most <= 200, `${most} on the line`);
    assert.equal(scene.replayed.length, 1_500, 'none of them twice');
  });

  test('begins anew with each login, however slow the line of the last one was', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    for (let id = 0; id < 2_000; id++) scene.message(`m${id}`, 0);
    scene.login(PHONE);
    let sent = 0;
    scene.fate = () => (scene.replayed.length === sent ? 'answered' : 'silent');
    for (let answered = 0; answered < 4; answered++) {
      await scene.clock.pass(10_000);
      scene.answerLast(PHONE);
    }
    await scene.clock.pass(1_000);
    const slow = scene.replayed.length;
    sent = slow;
    scene.login(PHONE);
    await scene.clock.pass(5_000);
    assert.ok(scene.replayed.length - slow > 12, 'more than a slow line gets at once');
  });

  test('has its rest asked for again where one late answer has come, and then none', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    for (let id = 0; id < 48; id++) scene.message(`m${id}`, 0);
    scene.login(PHONE);
    scene.fate = () => (scene.replayed.length === 0 ? 'answered' : 'silent');
    await scene.clock.pass(170_000);
    const chunk = scene.pings.find(({ after }) => after === 12);
    scene.copy(`<iq from='${PHONE}' to='respool.alpha.test' type='result' id='${chunk?.id}'/>`);
    const before = scene.pings.length;
    await scene.clock.pass(1_100);
    assert.equal(scene.stored().length, 36);
    assert.ok(!scene.notes.some(note => note.includes('all proved')), 'three chunks are not');
    await scene.clock.pass(60_000);
    assert.ok(scene.pings.length > before, 'it is asked');
  });

  test('sends nothing more once respool is about to go, and goes on if it stays', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    for (let id = 0; id < 3_000; id++) scene.message(`m${id}`, 0);
    scene.login(PHONE);
    while (scene.replayed.length === 0) await scene.clock.pass(1);
    const sent = scene.replayed.length;
    let finished = false;
    void scene.replay.finish(1_500).then(() => {
      finished = true;
    });
    await scene.clock.pass(300);
    assert.ok(finished, 'all that was sent is proved');
    assert.deepEqual([scene.replayed.length, scene.stored().length], [sent, 3_000 - sent]);
    scene.replay.goOn();
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.replayed.length, scene.stored().length], [3_000, 0]);
  });

  test('is not repeated where the flood brings the same message after its proof', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    const text = scene.message('m', 0);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
    const delay =
      "<delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='2026-11-23T04:42:21Z'>Offline storage</delay>";
    scene.copy(text.replace('</message>', `${delay}</message>`));
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
    assert.equal(scene.counter('stored'), 1);
  });

  for (const [what, flooded] of Object.entries({ 'a replay': false, 'the flood itself': true })) {
    test(`${what} has brought it, respool and ejabberd are killed, and ejabberd floods it once more`, async () => {
      const before = await withPhone();
      const delay =
        "<delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='2026-11-23T04:42:21Z'>Offline storage</delay>";
      before.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
      const text = before.message('m', 0);
      const flood = text.replace('</message>', `${delay}</message>`);
      before.login(PHONE);
      if (flooded) before.copy(flood);
      await before.clock.pass(10_000);
      assert.deepEqual([before.got(PHONE), before.stored()], [flooded ? [] : ['m'], []]);

      const scene = new Scene({ after: before, start: before.clock.date() });
      scene.login(LAPTOP);
      scene.login(PHONE);
      scene.copy(flood);
      scene.copy(flood);
      await scene.clock.pass(10_000);
      assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [[], [], []]);
      assert.equal(scene.counter('stored'), 1);
    });
  }
});
