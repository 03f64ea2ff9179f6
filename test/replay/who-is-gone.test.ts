import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, LAPTOP, PHONE, type Scene, withPhone } from './scene.js';

const LATER = 10_000;
const MOMENT = 100;

/** The phone, of a higher priority, and the laptop have been online for some time. */
async function withBoth(): Promise<Scene> {
  const scene = await withPhone();
  scene.login(PHONE, 5);
  scene.login(LAPTOP);
  await scene.clock.pass(LATER);
  return scene;
}

describe('a stream that answers pings and has shown no presence yet', () => {
  test('does not get what is sent to the account after another device was told of the end of the last one', async () => {
    const scene = await withBoth();
    scene.told(PHONE, LAPTOP);
    await scene.clock.pass(MOMENT);
    scene.message('m', 1); // to the laptop
    await scene.clock.pass(LATER);
    scene.login(PHONE, 5);
    await scene.clock.pass(LATER);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP)], [['m'], []]);
  });

  test('gets nothing that waits, where its device was seen to go', async () => {
    const scene = await withPhone();
    scene.replay.online();
    await scene.clock.pass(LATER);
    scene.goes(PHONE);
    scene.message('m', 0);
    await scene.clock.pass(LATER);
    scene.acts(PHONE);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), []);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  test('is none that the server speaks for: it answers in the name of a session that is not there', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP, 1);
    await scene.clock.pass(LATER);
    scene.goes(PHONE);
    await scene.clock.pass(LATER);
    const error =
      "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
      "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>User session not found</text></error>";
    scene.copy(`<iq xml:lang='en' from='${PHONE}' to='${ALICE}' type='error' id='v'>${error}</iq>`);
    scene.message('m', 1, PHONE); // to the laptop, for the phone is not there
    await scene.clock.pass(MOMENT);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  test('gets nothing that waits, while a contact was just told that it has ended', async () => {
    const scene = await withPhone();
    scene.told(PHONE);
    await scene.clock.pass(MOMENT);
    scene.message('m', 0);
    await scene.clock.pass(7_000);
    assert.deepEqual(scene.got(PHONE), []);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  test('gets nothing that mod_offline has just stored: that comes with its presence', async () => {
    const scene = await withPhone();
    scene.message('m', 0);
    scene.storedOffline('m');
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });
});

describe('a session that lacks what was sent to it', () => {
  test('does not, where another one of a higher priority came meanwhile and got it', async () => {
    const scene = await withPhone();
    scene.message('had', 1);
    scene.message('slow', 0);
    scene.login(LAPTOP, 5);
    await scene.clock.pass(MOMENT);
    scene.message('slow', 0); // to the laptop
    await scene.clock.pass(LATER);
    scene.fates[PHONE] = 'returned';
    scene.told(PHONE);
    await scene.clock.pass(LATER);
    scene.fates[PHONE] = 'answered';
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['slow']);
  });

  test('proves what it has answered all the same, where it ends while that may be on its way', async () => {
    const scene = await withPhone();
    scene.message('had', 1);
    await scene.clock.pass(30);
    scene.message('slow', 0);
    await scene.clock.pass(200);
    scene.fates[PHONE] = 'returned';
    scene.told(PHONE);
    await scene.clock.pass(LATER);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['slow']);
  });
});

describe('one copy of a message, where one session is found to be gone and another one has just come', () => {
  /** @param ago the phone did something so long before, in ms */
  async function copied(ago: number): Promise<Scene> {
    const scene = await withPhone();
    scene.acts(PHONE);
    await scene.clock.pass(ago);
    scene.fates[PHONE] = 'returned';
    scene.login(LAPTOP);
    scene.message('m', 1);
    await scene.clock.pass(LATER);
    return scene;
  }

  test('is of the first where that was seen to be there a moment ago', async () => {
    const scene = await copied(MOMENT);
    assert.deepEqual(scene.got(LAPTOP), ['m']);
  });

  test('is of the second where the first has been silent', async () => {
    const scene = await copied(LATER);
    assert.deepEqual(scene.got(LAPTOP), []);
  });
});

describe('an equal message without an id', () => {
  /** Two copies come with this between them, and the session turns out to have ended. How many are given to the next one? */
  async function given(between: number, after: number): Promise<number> {
    const scene = await withPhone();
    scene.fates[PHONE] = 'silent';
    scene.message('before', 1);
    await scene.clock.pass(LATER);
    scene.message(null, 0);
    await scene.clock.pass(between);
    scene.message(null, 0);
    await scene.clock.pass(after);
    scene.fates[PHONE] = 'returned';
    scene.told(PHONE);
    await scene.clock.pass(LATER);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    return scene.got(PHONE).filter(id => id === undefined).length;
  }

  for (const [what, between, after, count] of [
    ['may be a second one, where the session was gone just then', 1_000, 1_000, 2],
    ['is the same one, where that came at once', 5, 1_000, 1],
    ['is the same one, where the session may have gone long after', 1_000, 20_000, 1],
  ] as const) {
    test(what, async () => assert.equal(await given(between, after), count));
  }
});

describe('a note to self', () => {
  test('is not given to its writer, whoever else is known', async () => {
    const scene = await withPhone();
    scene.message('note', 0, 'bob@alpha.test', PHONE);
    scene.goes(PHONE);
    await scene.clock.pass(LATER);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  test('nor where mod_offline has stored it', async () => {
    const scene = await withBoth();
    scene.goes(LAPTOP);
    scene.message('note', 0, 'bob@alpha.test', PHONE);
    scene.storedOffline('note', 'bob@alpha.test', PHONE);
    scene.goes(PHONE);
    for (const jid of [PHONE, LAPTOP]) {
      scene.login(jid);
      await scene.clock.pass(LATER);
    }
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP)], [[], ['note']]);
  });
});

describe('while respool is away from its stream', () => {
  /** Once more, on a stream of its own. */
  async function again(scene: Scene): Promise<void> {
    scene.replay.offline();
    scene.replay.online();
    await scene.clock.pass(LATER);
  }

  test('what was answered a moment before is proved', async () => {
    const scene = await withPhone();
    scene.message('m', 1);
    await scene.clock.pass(70);
    await again(scene);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  for (const [what, waits] of [
    ['a ping that had just gone out', 80],
    ['a ping that had gone out for some time', 5_000],
  ] as const) {
    test(`${what} is answered when it is back`, async () => {
      const scene = await withPhone();
      scene.fates[PHONE] = 'silent';
      scene.message('m', 1);
      await scene.clock.pass(waits);
      const ping = scene.pings.at(-1);
      scene.replay.offline();
      scene.replay.online();
      scene.copy(`<iq from='${PHONE}' to='respool.alpha.test' type='result' id='${ping?.id}'/>`);
      scene.fates[PHONE] = 'answered';
      await scene.clock.pass(LATER);
      assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
    });
  }

  test('what was answered a moment before it is stopped is proved', async () => {
    const scene = await withPhone();
    scene.message('m', 1);
    await scene.clock.pass(70);
    void scene.replay.finish(10);
    await scene.clock.pass(10);
    assert.deepEqual(scene.stored(), []);
  });
});

describe('another session of the account that begins', () => {
  test('makes one that was idle be asked, which proves what that has at once', async () => {
    const scene = await withPhone();
    await scene.clock.pass(120_000);
    scene.message('m', 1);
    scene.login(LAPTOP);
    await scene.clock.pass(500);
    assert.deepEqual(
      scene.stored().map(({ owed }) => owed & 3),
      [],
    );
  });
});

describe('a device that is new', () => {
  test('belongs to the room that it has joined before it shows its presence', async () => {
    const scene = await withPhone();
    scene.join(PHONE, 'bob');
    scene.join(LAPTOP, 'bob');
    scene.login(LAPTOP);
    await scene.clock.pass(LATER);
    scene.goes(LAPTOP);
    scene.say('m', PHONE);
    await scene.clock.pass(LATER);
    scene.login(LAPTOP);
    scene.join(LAPTOP, 'bob');
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(LAPTOP), ['m']);
  });
});

describe('a device that logs in just as a message comes, and just before another one of its account ends', () => {
  /** @param copies how often the message comes @param ends what ends the laptop's session */
  async function asTheLaptopEnds(copies: number, ends: (scene: Scene) => void): Promise<Scene> {
    const scene = await withPhone();
    scene.goes(PHONE);
    scene.login(LAPTOP);
    await scene.clock.pass(LATER);
    scene.login(PHONE);
    scene.message('m', copies);
    await scene.clock.pass(20);
    ends(scene);
    await scene.clock.pass(LATER);
    return scene;
  }
  const ENDS: [string, (scene: Scene) => void][] = [
    ['says that it goes', scene => scene.goes(LAPTOP)],
    [
      'is said to have ended, and lets a ping come back',
      scene => {
        scene.fates[LAPTOP] = 'returned';
        scene.told(LAPTOP, PHONE);
      },
    ],
    [
      'shows itself anew',
      scene => {
        scene.told(LAPTOP);
        scene.login(LAPTOP);
      },
    ],
  ];

  for (const [how, ends] of ENDS) {
    test(`does not have what came once: that may have been the other's, which ${how}`, async () => {
      const scene = await asTheLaptopEnds(1, ends);
      assert.deepEqual(scene.got(PHONE), ['m']);
    });

    test(`has what came twice, though the other ${how}`, async () => {
      const scene = await asTheLaptopEnds(2, ends);
      assert.deepEqual(scene.got(PHONE), []);
    });
  }
});
