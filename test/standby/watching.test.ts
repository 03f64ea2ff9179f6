import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageRecord } from '../../src/spool/record.js';
import { parseJid } from '../../src/xmpp/jid.js';
import { ALICE, PHONE, Scene } from '../replay/scene.js';

/** One respool that acts and one that watches, on one server; bob has a phone, which has been there and is away. */
async function pair(): Promise<{ acting: Scene; watching: Scene }> {
  const acting = new Scene();
  const watching = new Scene({ beside: acting });
  watching.replay.watch();
  acting.login(PHONE);
  await acting.clock.pass(10_000);
  acting.goes(PHONE);
  return { acting, watching };
}

describe('a respool that watches', () => {
  test('keeps what the one that acts keeps, and asks and replays nothing', async () => {
    const { acting, watching } = await pair();
    acting.message('m', 0);
    await acting.clock.pass(10_000);
    assert.deepEqual(watching.stored(), acting.stored());
    assert.equal(watching.stored().length, 1);
    assert.deepEqual([watching.pings, watching.replayed], [[], []]);
  });

  test('learns the proof of a replay from the ping of the other, and from its answer', async () => {
    const { acting, watching } = await pair();
    acting.message('m', 0);
    await acting.clock.pass(1_000);
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    assert.deepEqual(acting.got(PHONE), ['m']);
    assert.deepEqual([acting.stored(), watching.stored()], [[], []]);
    assert.deepEqual([watching.pings, watching.replayed], [[], []]);
  });

  test('learns the proof of a live message', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    acting.message('m', 1);
    await acting.clock.pass(10_000);
    assert.deepEqual([acting.stored(), watching.stored()], [[], []]);
  });

  test('takes nothing for proved that the ping of the other did not follow', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    acting.fates[PHONE] = 'silent';
    acting.message('m', 1);
    await acting.clock.pass(4_000);
    acting.message('n', 1); // after the ping
    acting.answerLast(PHONE);
    await acting.clock.pass(1_000);
    assert.deepEqual(
      watching.stored().map(({ id }) => id),
      ['n'],
    );
  });

  test('replays what is owed when it is to act', async () => {
    const { acting, watching } = await pair();
    acting.message('m', 0);
    await acting.clock.pass(1_000);
    acting.replay.watch(); // it is gone
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    watching.replay.act();
    await acting.clock.pass(10_000);
    assert.deepEqual([acting.got(PHONE), watching.got(PHONE)], [[], ['m']]);
    assert.deepEqual(watching.stored(), []);
  });

  test('asks, when it is to act, for the proof of what the other has not asked for', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    acting.message('m', 1);
    acting.replay.watch();
    await acting.clock.pass(60_000);
    watching.replay.act();
    await acting.clock.pass(10_000);
    assert.deepEqual([watching.replayed, watching.stored(), watching.pings.length], [[], [], 1]);
  });

  test('takes a late answer to the ping of the other for what it is', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    acting.fates[PHONE] = 'silent';
    watching.fates[PHONE] = 'silent';
    acting.message('m', 1);
    await acting.clock.pass(4_000);
    acting.replay.watch();
    watching.replay.act();
    await acting.clock.pass(1_000);
    acting.answerLast(PHONE);
    await acting.clock.pass(1_000);
    assert.deepEqual([watching.replayed, watching.stored()], [[], []]);
  });

  test('is told by the other of a session that the server does not know any more', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    const jid = parseJid(PHONE);
    assert.ok(jid !== null && watching.sessions.get(jid) !== undefined);
    watching.replay.wasToldGone(jid, 10_000);
    assert.equal(watching.sessions.get(jid), undefined);
  });

  test('but not of the next one under its JID, which has come before that is told', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    acting.login(PHONE);
    await acting.clock.pass(100);
    const jid = parseJid(PHONE);
    assert.ok(jid !== null);
    watching.replay.wasToldGone(jid, 10_100);
    assert.notEqual(watching.sessions.get(jid), undefined);
  });
});

/** By which a spool knows the message that alice sends under this id. */
function identityOf(id: string): string {
  const scene = new Scene();
  scene.login(PHONE);
  scene.message(id, 0);
  return scene.db.prepare('SELECT identity FROM message').pluck().get() as string;
}

const IDENTITY = identityOf('held');
const HELD: MessageRecord = {
  ...{ record: 'message', account: 'bob@alpha.test', from: ALICE, to: 'bob@alpha.test', type: 'chat' },
  ...{ owed: { account: false, devices: ['phone'] }, sent: false, pushed: 0, room: null, lang: null },
  ...{ payload: '<body>hello</body>', received_at: 1, stamp: 1, expires_at: 2 ** 45, counts: true, cause: 0 },
  ...{ had: false, held_until: 0, id: 1, identity: IDENTITY, stanza_id: 'held', means: null },
};

/** The other one says that bob's phone is online, and has a message that it has not proved. */
function takesOver({ spool, replay }: Scene): void {
  const [offset] = spool.apply([{ ask: 'reserve', ids: 10 }]) as [number];
  spool.apply([{ ask: 'restore', records: [HELD], offset }]);
  replay.inherit([{ jid: PHONE, priority: 0, presence: null, availableFor: 5_000 }]);
  replay.hold([{ jid: PHONE, id: offset + 1, identity: IDENTITY }]);
  replay.interim.end();
}

/** The phone proves the next message to the respool that acts, and the one that watches sees it. */
async function provesAnother({ acting }: { acting: Scene }): Promise<void> {
  acting.message('next', 1);
  await acting.clock.pass(10_000);
}

describe('what another respool knew of a session', () => {
  test('holds: what follows proves what the session had', async () => {
    const { acting, watching } = await pair();
    acting.login(PHONE);
    await acting.clock.pass(10_000);
    watching.replay.interim.begin();
    takesOver(watching);
    await provesAnother({ acting });
    assert.deepEqual(watching.stored(), []);
  });

  const MEANWHILE: [what: string, (acting: Scene) => void][] = [
    ['it has gone', scene => scene.goes(PHONE)],
    [
      'it has gone, and come again',
      scene => {
        scene.goes(PHONE);
        scene.login(PHONE);
      },
    ],
    ['it has begun a login', scene => scene.asksRoster(PHONE)],
    ['somebody was told of its end', scene => scene.told(PHONE)],
    ['the message came back', scene => scene.comesBack('held')],
  ];
  for (const [what, happens] of MEANWHILE) {
    test(`does not where meanwhile ${what}: the next one's answer proves nothing of that`, async () => {
      const { acting, watching } = await pair();
      watching.replay.interim.begin();
      happens(acting);
      takesOver(watching);
      acting.login(PHONE);
      await acting.clock.pass(10_000);
      await provesAnother({ acting });
      assert.deepEqual(
        watching.stored().map(({ id }) => id),
        ['held'],
      );
    });
  }
});
