import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { handedInTheRoom, joinsAgain, LATER, MOMENT, PINGED, roomTells, terminated } from './ended-scene.js';
import { ALICE, LAPTOP, PHONE, Scene, withPhone } from './scene.js';

describe('what a stream was handed that is seen to have ended is given to the next one', () => {
  test('its room tells another occupant, and the next one answers a ping before its presence', async () => {
    const scene = await handedInTheRoom();
    roomTells(scene, ALICE);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE);
    await joinsAgain(scene);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  test('its room tells the next one, which has shown its presence already', async () => {
    const scene = await handedInTheRoom();
    scene.login(PHONE);
    roomTells(scene, PHONE, "<status code='110'/>");
    await scene.clock.pass(LATER);
    await joinsAgain(scene);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  test('its room tells the next one before that has shown its presence, though the last one had just come', async () => {
    const scene = await withPhone();
    scene.goes(PHONE);
    scene.login(PHONE);
    scene.join(PHONE, 'bob');
    await scene.clock.pass(LATER / 2);
    scene.message('m', 1);
    roomTells(scene, PHONE, "<status code='110'/>");
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  for (const [what, showsAgain] of Object.entries<(scene: Scene) => void | Promise<void>>({
    'may be the second one': scene => {
      scene.login(PHONE);
      scene.join(PHONE, 'bob');
    },
    'showed its presence once more after it had joined': scene => scene.login(PHONE),
    'showed another presence after it had joined': scene => scene.login(PHONE, 1),
    'is the second one for certain': async scene => {
      roomTells(scene, ALICE);
      await scene.clock.pass(1);
      scene.login(PHONE);
      scene.join(PHONE, 'bob');
    },
  })) {
    test(`its room tells so before the next presence, half a second after the last one, of a stream that ${what}`, async () => {
      const scene = new Scene();
      scene.login(PHONE);
      scene.join(PHONE, 'bob');
      await scene.clock.pass(500);
      await showsAgain(scene);
      await scene.clock.pass(500);
      scene.message('m', 1);
      roomTells(scene, PHONE, "<status code='110'/>");
      scene.login(PHONE);
      await joinsAgain(scene);
      assert.deepEqual(scene.got(PHONE), ['m']);
    });
  }

  test('its room tells so after it had asked for the roster twice', async () => {
    const scene = await handedInTheRoom();
    for (let times = 0; times < 2; times++) scene.asksRoster(PHONE);
    await scene.clock.pass(LATER / 2);
    scene.message('m', 1);
    roomTells(scene, ALICE);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE);
    await joinsAgain(scene);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  for (const [what, ends] of Object.entries<(scene: Scene) => void>({
    'the server tells another device': scene => {
      scene.told(PHONE);
      scene.login(PHONE);
    },
    'the server returns the ping by which it was sought': scene => {
      terminated(scene);
      scene.login(PHONE);
    },
    'the server returns that ping when the next one has shown its presence': scene => {
      scene.login(PHONE);
      terminated(scene);
    },
  })) {
    test(`${what}, and of the one that ended no presence was seen, for respool was away`, async () => {
      const before = await handedInTheRoom();
      await before.clock.pass(LATER);
      const scene = new Scene({ after: before, start: before.clock.date() });
      scene.fates[PHONE] = 'silent';
      scene.replay.online();
      await scene.clock.pass(MOMENT);
      scene.say('n', PHONE, ALICE);
      await scene.clock.pass(MOMENT);
      ends(scene);
      await joinsAgain(scene);
      assert.deepEqual(scene.got(PHONE), ['n']);
    });
  }

  test('the server tells the next one, which has shown its presence already', async () => {
    const scene = await withPhone();
    scene.message('m', 1);
    scene.login(PHONE);
    scene.copy(`<presence from='${PHONE}' to='${PHONE}' type='unavailable'/>`);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });
});

describe('what comes between the presence of the next stream and its place in the tables of the server', () => {
  const shown = (scene: Scene) => scene.login(PHONE);
  const registered = (scene: Scene) => scene.registered(PHONE);
  const told = (scene: Scene) => scene.copy(`<presence from='${PHONE}' to='${PHONE}' type='unavailable'/>`);

  /** What the phone is sent after this has come; nothing is owed any more then. */
  async function then(scene: Scene, ...copies: ((scene: Scene) => void)[]): Promise<unknown> {
    for (const copied of copies) copied(scene);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.stored(), []);
    return scene.got(PHONE);
  }
  const given = async (...copies: ((scene: Scene) => void)[]) => then(await withPhone(), ...copies);

  for (const [what, comes] of Object.entries({
    'a message to the account': scene => void scene.message('m', 1),
    'a carbon copy': scene => {
      const own = `from='${LAPTOP}' to='zoe@beta.test' type='chat' id='m'><body>x</body></message>`;
      scene.copy(`<message ${own}`);
      const forwarded = `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' ${own}</forwarded>`;
      scene.copy(
        `<message from='bob@alpha.test' to='${PHONE}' type='chat'><sent xmlns='urn:xmpp:carbons:2'>${forwarded}</sent></message>`,
      );
    },
  } satisfies Record<string, (scene: Scene) => void>)) {
    test(`${what} was for the last one, whose end is told later`, async () => {
      assert.deepEqual(await given(shown, comes, told, registered), ['m']);
    });

    test(`${what} was for the last one, whose end is told before it comes`, async () => {
      assert.deepEqual(await given(shown, told, comes, registered), ['m']);
    });

    test(`${what} was for the last one, where the next one is known as that before`, async () => {
      const scene = await withPhone();
      scene.asksRoster(PHONE);
      await scene.clock.pass(2 * LATER);
      scene.asksRoster(PHONE);
      await scene.clock.pass(PINGED);
      assert.deepEqual(await then(scene, shown, comes, registered), ['m']);
    });

    test(`${what} is not given to it again where nobody has ended`, async () => {
      assert.deepEqual(await given(shown, comes, registered), []);
    });

    test(`${what} after that is its own`, async () => {
      assert.deepEqual(await given(shown, registered, comes, told), []);
    });
  }
});

describe('what a stream was handed, and the next one answers for before it shows that it is one, is given to that', () => {
  for (const took of [10, 40, 600]) {
    test(`on a line where a ping takes ${took} ms, with stream management`, async () => {
      const scene = await withPhone();
      scene.asksRoster(PHONE);
      await scene.clock.pass(LATER);
      scene.fates[PHONE] = 'silent';
      scene.message('m', 1);
      await scene.clock.pass(PINGED);
      await scene.clock.pass(took); // the ping of that moment finds the next stream, which has just been bound
      scene.answerLast(PHONE);
      await scene.clock.pass(took - 1); // and that waits for the server to switch stream management on
      scene.asksRoster(PHONE);
      scene.login(PHONE);
      await scene.clock.pass(LATER);
      assert.deepEqual(scene.got(PHONE), ['m']);
    });
  }
});

test('what a stream was handed is given to the next one, which a ping has met before respool had read of it', async () => {
  const scene = await withPhone();
  scene.asksRoster(PHONE);
  await scene.clock.pass(LATER);
  scene.fates[PHONE] = 'unread';
  scene.message('m', 1);
  await scene.clock.pass(LATER / 2); // respool is so far behind what is copied
  scene.login(PHONE);
  scene.readLast(PHONE);
  await scene.clock.pass(1_500);
  scene.asksRoster(PHONE);
  await scene.clock.pass(LATER);
  assert.deepEqual(scene.got(PHONE), ['m']);
});

describe('a copy of what a session sent, which whoever got it makes when its sender has gone, shows no new session', () => {
  test('so that what comes then for that, and another device gets, is given to the next one', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    scene.login(ALICE);
    await scene.clock.pass(LATER);
    scene.message('from it', 0, 'alice@alpha.test', PHONE);
    scene.goes(PHONE);
    scene.copy(
      `<message from='${PHONE}' to='alice@alpha.test' type='chat' id='from it'><body>hello</body></message>`,
    );
    assert.deepEqual(
      scene.sessions.of('bob@alpha.test').map(({ jid }) => jid.full),
      [LAPTOP],
    );
    scene.message('m', 1, PHONE);
    await scene.clock.pass(MOMENT);
    scene.asksRoster(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });
});

describe('what another device gets after a stream was said to have ended', () => {
  test('is given to the next one', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    await scene.clock.pass(LATER);
    scene.fates[PHONE] = 'silent';
    scene.told(PHONE);
    await scene.clock.pass(MOMENT);
    scene.message('m', 1);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP)], [['m'], []]);
  });
});
