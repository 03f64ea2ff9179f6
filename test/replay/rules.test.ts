import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kinds } from '../rules/kinds.js';
import { ALICE, LAPTOP, PHONE, Scene } from './scene.js';

const MINUTE = 60_000;

/** bob's phone and laptop are known; the phone is away, in silence, as one whose line has broken. */
async function apart(): Promise<Scene> {
  const scene = new Scene();
  for (const jid of [PHONE, LAPTOP]) scene.login(jid);
  await scene.clock.pass(10_000);
  scene.goes(PHONE);
  scene.fates[PHONE] = 'returned';
  await scene.clock.pass(1_000);
  return scene;
}

function message(id: string, to: string, inside: string, type = 'chat'): string {
  return `<message from='${ALICE}' to='${to}' type='${type}' id='${id}'>${inside}</message>`;
}

describe('a message to a device, away while another is there', () => {
  for (const kind of [
    'private, as OTR has it (XEP-0280)',
    'hint no-copy (XEP-0334)',
    'data form (XEP-0004)',
    'event of a node (XEP-0060, XEP-0163)',
  ]) {
    test(`${kind}: that device alone gets it`, async () => {
      const scene = await apart();
      scene.copy(message('m', PHONE, kinds('x')[kind] as string));
      await scene.clock.pass(MINUTE);
      scene.goes(LAPTOP);
      scene.login(LAPTOP);
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.got(LAPTOP), []);
      scene.login(PHONE);
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.got(PHONE), ['m']);
      assert.deepEqual(scene.stored(), []);
    });
  }

  for (const kind of ['IBB data (XEP-0047)', 'Jingle (XEP-0166)', 'text as it is typed (XEP-0301)']) {
    test(`${kind}: nobody gets it later`, async () => {
      const scene = await apart();
      scene.copy(message('m', PHONE, kinds('x')[kind] as string));
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.stored(), []);
    });
  }

  test('words: both get them', async () => {
    const scene = await apart();
    scene.message('m', 1, PHONE);
    await scene.clock.pass(10_000);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  test('what is for one that is not known is kept for nobody', async () => {
    const scene = await apart();
    scene.copy(message('m', 'bob@alpha.test/1234567890', kinds('x')['hint no-copy (XEP-0334)'] as string));
    await scene.clock.pass(1_000);
    assert.deepEqual(scene.stored(), []);
  });
});

describe('a call, an invitation to one, a nudge', () => {
  for (const kind of ['call set-up (XEP-0353)', 'call invitation (XEP-0482)', 'attention (XEP-0224)']) {
    test(`${kind}: comes within a minute`, async () => {
      const scene = await apart();
      scene.goes(LAPTOP);
      scene.copy(message('m', 'bob@alpha.test', kinds('x')[kind] as string));
      await scene.clock.pass(MINUTE - 10_000);
      scene.login(PHONE);
      await scene.clock.pass(5_000);
      assert.deepEqual(scene.got(PHONE), ['m']);
    });

    test(`${kind}: and not later, which is no loss`, async () => {
      const scene = await apart();
      scene.goes(LAPTOP);
      scene.copy(message('m', 'bob@alpha.test', kinds('x')[kind] as string));
      scene.message('words', 0);
      await scene.clock.pass(MINUTE);
      scene.spool.apply([{ do: 'sweep', at: scene.clock.date() }]);
      scene.login(PHONE);
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.got(PHONE), ['words']);
      assert.deepEqual([scene.counter('expired'), scene.counter('lost')], [1, 0]);
    });
  }

  test('words that end before anybody has them are a loss', async () => {
    const scene = await apart();
    scene.goes(LAPTOP);
    scene.copy(message('m', 'bob@alpha.test', kinds('x')['end of its time (XEP-0023)'] as string));
    await scene.clock.pass(2 * MINUTE);
    scene.spool.apply([{ do: 'sweep', at: scene.clock.date() }]);
    assert.deepEqual([scene.counter('expired'), scene.counter('lost')], [1, 1]);
  });
});

describe('what a gateway writes in the name of bob, from his bare JID (XEP-0356)', () => {
  const CONTACT = '49123@whatsapp.alpha.test';
  const written = (to: string, id = 'g') =>
    `<message from='bob@alpha.test' to='${to}' type='chat' id='${id}'><body>from my other phone</body></message>`;

  test('to a contact of the gateway comes to each of his devices, as a sent carbon', async () => {
    const scene = await apart();
    scene.copy(written(CONTACT));
    await scene.clock.pass(10_000);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    for (const jid of [LAPTOP, PHONE]) {
      const [replay, ...others] = scene.replayed.filter(({ to }) => to === jid);
      assert.deepEqual(others, [], jid);
      const inner = replay?.stanza.getChild('sent')?.getChild('forwarded')?.getChild('message');
      assert.deepEqual([inner?.attrs.from, inner?.attrs.to], ['bob@alpha.test', CONTACT]);
    }
    assert.deepEqual(scene.stored(), []);
  });

  test('is not sent again to who had it as a carbon', async () => {
    const scene = await apart();
    scene.copy(written(CONTACT));
    const inner = written(CONTACT).replace('<message', "<message xmlns='jabber:client'");
    scene.copy(
      `<message from='bob@alpha.test' to='${LAPTOP}' type='chat'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded></sent></message>`,
    );
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(LAPTOP), []);
    assert.equal(scene.stored().length, 1);
  });

  for (const [copies, server] of [
    [1, 'the copy of its reception alone'],
    [2, 'its sending copied too'],
  ] as const) {
    test(`to a user here: kept once for bob, and once for him (${server})`, async () => {
      const scene = await apart();
      const alices = ['alice@alpha.test/pc', 'alice@alpha.test/tablet'];
      for (const jid of alices) scene.login(jid);
      await scene.clock.pass(10_000);
      scene.goes('alice@alpha.test/tablet');
      await scene.clock.pass(3_000);
      for (let copy = 0; copy < copies; copy++) scene.copy(written('alice@alpha.test'));
      await scene.clock.pass(10_000);
      scene.login(PHONE);
      scene.login('alice@alpha.test/tablet');
      await scene.clock.pass(10_000);
      const replays = (jid: string) => scene.replayed.filter(({ to }) => to === jid).length;
      assert.deepEqual([LAPTOP, PHONE, ...alices].map(replays), [1, 1, 0, 1]);
      assert.deepEqual(scene.stored(), []);
    });
  }

  test('an event of a node of his is none', async () => {
    const scene = await apart();
    const event = kinds('x')['event of a node (XEP-0060, XEP-0163)'] as string;
    scene.copy(`<message from='bob@alpha.test' to='alice@alpha.test' id='e'>${event}</message>`);
    await scene.clock.pass(1_000);
    assert.deepEqual(
      scene.stored().map(({ account }) => account),
      ['alice@alpha.test'],
    );
  });
});
