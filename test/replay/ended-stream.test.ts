import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseJid } from '../../src/xmpp/jid.js';
import { ALICE, LAPTOP, PHONE, ROOM, Scene, withPhone } from './scene.js';

const LATER = 10_000;
/** Between a ping and the next stream's first word, in ms: the pings are answered meanwhile. */
const MOMENT = 100;
/** After this, in ms, what was handed is proved, where nothing speaks against it. */
const PROVED = 300;
/** After this, in ms, a ping has gone out. */
const PINGED = 50;

/** The phone and alice are in the room, and the phone has been given something said there; its connection has gone. */
async function handedInTheRoom(): Promise<Scene> {
  const scene = await withPhone();
  scene.login(ALICE);
  scene.join(PHONE, 'bob');
  scene.join(ALICE, 'alice');
  await scene.clock.pass(LATER);
  scene.say('m', PHONE, ALICE);
  return scene;
}

/** The room tells somebody that the phone is there no more. @param status what it says of the way, as XML */
function roomTells(scene: Scene, to: string, status = ''): void {
  const item = `<item jid='${PHONE}' role='none' affiliation='none'/>`;
  const user = `<x xmlns='http://jabber.org/protocol/muc#user'>${item}${status}</x>`;
  scene.copy(`<presence from='${ROOM}/bob' to='${to}' type='unavailable'>${user}</presence>`);
}

/** The offline queue brings bob a message. */
function flood(scene: Scene, id: string): void {
  const stamp = new Date(scene.clock.date() - 2_000).toISOString();
  const delay = `<delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='${stamp}'>Offline storage</delay>`;
  scene.copy(
    `<message from='${ALICE}' to='bob@alpha.test' type='chat' id='${id}'>${delay}<body>hello</body></message>`,
  );
}

/** The server returns the first ping to the phone, whose session has ended. */
function terminated(scene: Scene): void {
  const ping = scene.pings.find(({ to }) => to === PHONE);
  const jid = parseJid(PHONE);
  assert.ok(ping !== undefined && jid !== null);
  scene.replay.pingReturned(jid, ping.id, 'terminated');
}

async function joinsAgain(scene: Scene): Promise<void> {
  scene.join(PHONE, 'bob');
  await scene.clock.pass(LATER);
}

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

/** The server answers a first presence with the laptop's, which is there since some time ago. */
function toldOfLaptop(scene: Scene): void {
  const stamp = new Date(scene.clock.date() - LATER).toISOString();
  const delay = `<delay xmlns='urn:xmpp:delay' from='${LAPTOP}' stamp='${stamp}'/>`;
  scene.copy(`<presence from='${LAPTOP}' to='${PHONE}'>${delay}</presence>`);
}

test('what came for its account after the end of a stream is owed to the next one, which is told who else is there', async () => {
  const scene = new Scene();
  scene.login(PHONE, 1);
  scene.login(LAPTOP);
  scene.join(PHONE, 'bob');
  await scene.clock.pass(LATER);
  roomTells(scene, PHONE, "<status code='110'/>");
  await scene.clock.pass(MOMENT);
  scene.message('m', 1); // the laptop gets it
  await scene.clock.pass(10);
  scene.login(PHONE, 1);
  toldOfLaptop(scene);
  await scene.clock.pass(LATER);
  assert.ok(scene.got(PHONE).includes('m'));
});

describe('a next stream that logs in before it shows its presence', () => {
  /** The phone's contacts are told that it has ended, and its next stream is seen by what it does. */
  async function isBound(
    does = (scene: Scene) => scene.join(PHONE, 'bob'),
    onlineFor = LATER,
  ): Promise<Scene> {
    const scene = new Scene();
    scene.login(LAPTOP);
    scene.login(ALICE);
    scene.join(ALICE, 'alice');
    await scene.clock.pass(LATER);
    scene.login(PHONE, 1);
    await scene.clock.pass(onlineFor);
    scene.told(PHONE);
    await scene.clock.pass(MOMENT);
    does(scene);
    await scene.clock.pass(MOMENT);
    return scene;
  }

  async function showsItself(scene: Scene): Promise<void> {
    await scene.clock.pass(2 * PINGED);
    scene.login(PHONE, 1);
    toldOfLaptop(scene);
    await scene.clock.pass(LATER);
  }

  test('has what is said in the room to which it went, and is not sent it again', async () => {
    const scene = await isBound();
    scene.say('said', PHONE, ALICE);
    await showsItself(scene);
    assert.deepEqual(scene.got(PHONE), []);
  });

  for (const [what, does] of [
    ['went to a room', undefined],
    ['asked for its roster', (scene: Scene) => scene.asksRoster(PHONE)],
  ] as const) {
    test(`has what is sent to itself, where it ${what}`, async () => {
      const scene = await isBound(does);
      scene.message('own', 1, PHONE);
      await showsItself(scene);
      assert.deepEqual(scene.got(PHONE), []);
      assert.deepEqual(scene.got(LAPTOP), ['own']);
    });
  }

  test('nor does it lose that when another device is told late that the last one has ended', async () => {
    const scene = await isBound();
    scene.message('own', 1, PHONE);
    scene.told(PHONE, LAPTOP);
    await showsItself(scene);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('may have what comes for the account, or another device has it: both are sent it', async () => {
    const scene = await isBound();
    scene.message('m', 1);
    await showsItself(scene);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(scene.got(LAPTOP), ['m']);
  });

  test('is none, if the word of an end came just after a presence: that was about the stream before', async () => {
    const scene = await isBound(undefined, MOMENT);
    scene.message('m', 1);
    await scene.clock.pass(6 * LATER);
    assert.deepEqual(scene.got(PHONE), []);
    assert.deepEqual(scene.got(LAPTOP), ['m']);
  });

  test('is none, if it answers a ping that went out long after that word: it has what comes then', async () => {
    const scene = await isBound();
    await scene.clock.pass(20_000);
    scene.message('asks', 1, PHONE);
    await scene.clock.pass(LATER);
    scene.message('m', 1);
    await scene.clock.pass(6 * LATER);
    assert.deepEqual(scene.got(PHONE), []);
    assert.deepEqual(scene.got(LAPTOP), ['asks', 'm']);
  });
});

test('a session is gone whose end the server tells by an error for what was sent to it', async () => {
  const scene = await withPhone();
  const text = "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>User session not found</text>";
  scene.copy(
    `<iq from='${PHONE}' to='${ALICE}' type='error' id='v'><error type='cancel'>${text}</error></iq>`,
  );
  assert.deepEqual(scene.sessions.of('bob@alpha.test'), []);
});

describe('nothing is sent to a session that somebody was told has ended', () => {
  for (const [what, after] of [
    ['before its replay', 200],
    ['while the spool is asked whether it owes it something', 700],
    ['while the spool is asked for that', 1_200],
  ] as const) {
    test(what, async () => {
      const scene = await withPhone({ latency: 500 });
      scene.goes(PHONE);
      await scene.clock.pass(LATER);
      scene.message('waiting', 0);
      scene.login(PHONE);
      await scene.clock.pass(1_500);
      scene.message('live', 1); // and its ping is answered
      await scene.clock.pass(after);
      scene.fates[PHONE] = 'silent';
      scene.told(PHONE);
      await scene.clock.pass(LATER);
      assert.deepEqual(scene.got(PHONE), []);
    });
  }
});

describe('nothing is given twice to a session', () => {
  for (const [what, status] of [
    ['whose room has put it out', "<status code='307'/>"],
    ['that has a new nick in its room', "<status code='303'/>"],
  ] as const) {
    test(what, async () => {
      const scene = await handedInTheRoom();
      roomTells(scene, ALICE, status);
      await scene.clock.pass(PROVED);
      scene.login(PHONE);
      await joinsAgain(scene);
      assert.deepEqual(scene.got(PHONE), []);
    });
  }

  test('that has come after one whose end its room tells to two occupants', async () => {
    const scene = await handedInTheRoom();
    scene.login(PHONE);
    roomTells(scene, ALICE);
    scene.message('n', 1);
    await scene.clock.pass(1);
    roomTells(scene, LAPTOP);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE); // twice, as some clients do
    await joinsAgain(scene);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  test('that has left its room, of which another occupant is told', async () => {
    const scene = await handedInTheRoom();
    scene.message('m', 1);
    scene.copy(`<presence from='${PHONE}' to='${ROOM}/bob' type='unavailable'/>`);
    roomTells(scene, ALICE);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE); // twice, as some clients do
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('that says to somebody that it goes, and goes on', async () => {
    const scene = await withPhone();
    scene.message('m', 1);
    const own = `<presence xml:lang='en' from='${PHONE}' to='${ALICE}' type='unavailable'/>`;
    for (const copy of [own, own]) scene.copy(copy); // as it is sent, and as alice gets it
    await scene.clock.pass(MOMENT);
    scene.login(PHONE); // twice, as some clients do
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });

  for (const [what, first] of [
    ['ends before the server returns', true],
    ['is found to have ended after the server has returned', false],
  ] as const) {
    test(`of two that have it, where the other one ${what} it to its sender`, async () => {
      const scene = await withPhone();
      scene.login(LAPTOP);
      await scene.clock.pass(LATER);
      scene.message('m', 2);
      if (first) scene.goes(PHONE);
      else scene.fates[PHONE] = 'returned';
      scene.comesBack('m');
      await scene.clock.pass(LATER);
      scene.login(PHONE);
      await scene.clock.pass(LATER);
      assert.deepEqual([scene.got(LAPTOP), scene.got(PHONE)], [[], ['m']]);
    });
  }

  test('that does all of its login twice, as some clients do', async () => {
    const scene = await withPhone();
    scene.goes(PHONE);
    await scene.clock.pass(LATER);
    scene.message('waiting', 0);
    for (const isFirst of [true, false]) {
      scene.login(PHONE);
      if (isFirst) flood(scene, 'waiting');
      scene.copy(
        `<presence from='${PHONE}' to='${ROOM}/bob'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
      );
      scene.join(PHONE, 'bob');
      scene.asksRoster(PHONE);
      await scene.clock.pass(20);
    }
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  for (const asleep of [2_000, 20_000]) {
    test(`that is resumed after ${asleep} ms, and does all of its login again, as some clients do`, async () => {
      const scene = await withPhone();
      scene.asksRoster(PHONE);
      scene.join(PHONE, 'bob');
      await scene.clock.pass(LATER);
      scene.fates[PHONE] = 'silent';
      scene.message('m', 1);
      await scene.clock.pass(asleep);
      scene.answerLast(PHONE); // stream management (XEP-0198) brings it the ping, and what came before that
      scene.join(PHONE, 'bob');
      scene.asksRoster(PHONE);
      await scene.clock.pass(350);
      scene.login(PHONE);
      await scene.clock.pass(LATER);
      assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
    });
  }

  test('that had just come, while the last one of another device had gone unseen', async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    scene.copy(`<presence from='${LAPTOP}' to='${LAPTOP}'><priority>0</priority></presence>`);
    scene.fates[PHONE] = 'returned';
    await scene.clock.pass(50);
    scene.message('m', 1);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(LAPTOP), []);
  });

  test('that shows another presence than the last one, and is told of the end of that late', async () => {
    const scene = await withPhone();
    scene.login(PHONE, 1);
    scene.message('m', 1);
    await scene.clock.pass(1);
    scene.copy(`<presence from='${PHONE}' to='${PHONE}' type='unavailable'/>`);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE, 1); // twice, as some clients do
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('that is known to be the next one, and is told of the end of the last one late', async () => {
    const scene = await withPhone();
    scene.goes(PHONE);
    scene.login(PHONE);
    await scene.clock.pass(LATER / 2);
    scene.message('m', 1);
    scene.copy(`<presence from='${PHONE}' to='${PHONE}' type='unavailable'/>`);
    await scene.clock.pass(MOMENT);
    scene.login(PHONE); // twice, as some clients do
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });
});

describe('a session that answers pings and lacks what was just sent', () => {
  /** The phone was handed "had"; "lacked" was sent while it was taken to be there, and nobody got it. */
  async function lacking(): Promise<Scene> {
    const scene = await withPhone();
    scene.message('had', 1);
    await scene.clock.pass(30);
    scene.message('lacked', 0);
    await scene.clock.pass(2_000);
    return scene;
  }

  test('is the next stream, where the offline queue brings that after its presence', async () => {
    const scene = await lacking();
    scene.login(PHONE);
    flood(scene, 'lacked');
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['had']);
    assert.deepEqual(scene.stored(), []);
  });

  test('is sent nothing before its presence', async () => {
    const scene = await withPhone();
    scene.goes(PHONE);
    await scene.clock.pass(LATER);
    scene.message('waiting', 0);
    scene.login(PHONE);
    await scene.clock.pass(1_000);
    scene.message('lacked', 0);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['waiting', 'lacked']);
  });

  test('has had the rest, where it comes late', async () => {
    const scene = await lacking();
    scene.message('lacked', 0); // the copy of the reception
    await scene.clock.pass(500);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [[], []]);
  });

  test('has had the rest, where another message comes: that one was kept from it', async () => {
    const scene = await lacking();
    scene.message('later', 1);
    await scene.clock.pass(MOMENT);
    assert.ok(!scene.stored().some(({ id }) => id === 'had'));
  });

  test('has had the rest, where nothing shows in half a minute that its stream is a new one', async () => {
    const scene = await lacking();
    assert.ok(scene.stored().some(({ id }) => id === 'had'));
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), ['lacked']);
    assert.deepEqual(scene.stored(), []);
  });
});

test('a stream whose presence was not seen, for respool was not there, is told to have ended: the next one is owed all', async () => {
  const before = await withPhone();
  before.login(LAPTOP);
  before.join(PHONE, 'bob');
  before.join(LAPTOP, 'bobs laptop');
  await before.clock.pass(10_000);
  const scene = new Scene({ after: before, start: before.clock.date() });
  scene.fates[PHONE] = 'silent'; // its line is dead, the session is not
  scene.replay.online();
  await scene.clock.pass(300);
  scene.say('m', LAPTOP, PHONE);
  await scene.clock.pass(170);
  const muc = 'http://jabber.org/protocol/muc';
  scene.copy(
    `<presence from='${ROOM}/bob' to='${PHONE}' type='unavailable'><x xmlns='${muc}#user'><status code='110'/></x></presence>`,
  );
  scene.copy(`<presence from='${PHONE}' to='${LAPTOP}' type='unavailable'/>`);
  scene.login(PHONE);
  await scene.clock.pass(2);
  scene.join(PHONE, 'bob');
  await scene.clock.pass(20_000);
  assert.deepEqual(scene.got(PHONE), ['m']);
});

for (const [what, write] of [
  ['of what others wrote', (scene: Scene) => scene.message('m', 1)],
  ['of what another device wrote', (scene: Scene) => scene.message('m', 1, 'alice@alpha.test', LAPTOP)],
] as const) {
  test(`a replay ${what} that nobody was there for, and another device got, is not the next stream's`, async () => {
    const scene = await withPhone();
    scene.login(LAPTOP);
    scene.login(ALICE);
    await scene.clock.pass(LATER);
    scene.goes(PHONE);
    write(scene);
    await scene.clock.pass(LATER);
    scene.login(PHONE);
    // its line breaks as it is sent
    scene.fate = jid => (jid === PHONE && scene.got(PHONE).length === 1 ? 'returned' : 'answered');
    await scene.clock.pass(2_500);
    assert.deepEqual(scene.got(PHONE), ['m']);
    scene.told(PHONE);
    await scene.clock.pass(80);
    scene.copy(`${scene.replayed.findLast(({ to }) => to === PHONE)?.stanza}`);
    await scene.clock.pass(170);
    scene.fate = () => 'answered';
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), ['m', 'm']);
    assert.deepEqual(scene.stored(), []);
  });
}
