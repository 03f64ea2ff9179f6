import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Fate, Way, type WayOptions } from '../way.js';

const PHONE = 'bob@alpha.test/phone';
const LAPTOP = 'bob@alpha.test/laptop';
const ALICE = 'alice@alpha.test/pc';
const ROOM = 'garden@conference.alpha.test';

/** What `npm run faults` has found, in the words of ejabberd's copies. */
class Scene extends Way {
  readonly fates: Record<string, Fate> = {};

  constructor(options: WayOptions = {}) {
    super(options);
    this.fate = jid => this.fates[jid] ?? 'answered';
  }

  login(jid: string, priority = 0): void {
    this.fates[jid] = 'answered';
    this.copy(
      `<presence from='${jid}' to='${jid.split('/')[0]}'><priority>${priority}</priority></presence>`,
    );
  }

  message(id: string | null, receptions: number, to = 'bob@alpha.test'): string {
    const text = `<message from='${ALICE}' to='${to}' type='chat'${id === null ? '' : ` id='${id}'`}><body>hello</body></message>`;
    for (let copy = 0; copy <= receptions; copy++) this.copy(text);
    return text;
  }

  join(jid: string, nick: string): void {
    this.copy(
      `<presence from='${ROOM}/${nick}' to='${jid}'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>`,
    );
  }

  say(id: string, ...heardBy: string[]): void {
    for (const jid of heardBy) {
      this.copy(
        `<message from='${ROOM}/eve' to='${jid}' type='groupchat' id='${id}'><body>${id}</body></message>`,
      );
    }
  }

  goes(jid: string): void {
    this.copy(`<presence from='${jid}' to='${jid.split('/')[0]}' type='unavailable'/>`);
  }

  /** It does what comes first at a login. */
  asksRoster(jid: string): void {
    this.fates[jid] = 'answered';
    this.copy(
      `<iq from='${jid}' to='bob@alpha.test' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>`,
    );
  }

  /** It does something that tells nothing of its presence. */
  acts(jid: string): void {
    this.fates[jid] = 'answered';
    const query = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    this.copy(`<iq from='${jid}' to='alpha.test' type='get' id='d'>${query}</iq>`);
  }

  /** Somebody with a local session is told that this one has ended. */
  told(jid: string): void {
    this.copy(`<presence from='${jid}' to='${ALICE}' type='unavailable'/>`);
  }

  got(jid: string): (string | undefined)[] {
    return this.replayed.filter(({ to }) => to === jid).map(({ id }) => id);
  }
}

/** The phone is a known device, and online. */
async function withPhone(options: WayOptions = {}): Promise<Scene> {
  const scene = new Scene(options);
  scene.login(PHONE);
  await scene.clock.pass(10_000);
  return scene;
}

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

describe('an answer of the next stream under a JID proves nothing of the last one', () => {
  test('which somebody was told has ended, with a ping that the next one answers before its presence', async () => {
    const scene = await withPhone();
    scene.message('m', 1);
    scene.told(PHONE);
    await scene.clock.pass(100);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(scene.stored(), []);
  });

  test('with a ping under way that the next one answers after its presence', async () => {
    const scene = await withPhone();
    scene.fates[PHONE] = 'silent';
    scene.message('m', 1);
    await scene.clock.pass(500);
    const unanswered = scene.pings.length;
    assert.ok(unanswered > 0);
    scene.login(PHONE);
    scene.answerLast(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(scene.stored(), []);
  });

  test('which switches carbons on before it shows itself', async () => {
    const scene = await withPhone();
    scene.message('m', 1);
    scene.copy(
      `<iq from='${PHONE}' to='bob@alpha.test' type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>`,
    );
    await scene.clock.pass(2000); // pings are answered meanwhile
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(scene.stored(), []);
  });

  for (const [what, sign] of [
    ['which asks to be let into a room where it is already', 'join'],
    ['which is told by a room that it is out, though it had not left', 'out'],
  ] as const) {
    test(what, async () => {
      const scene = await withPhone();
      scene.join(PHONE, 'bob');
      scene.login(LAPTOP);
      scene.join(LAPTOP, 'laptop');
      await scene.clock.pass(10_000);
      scene.fates[PHONE] = 'silent';
      scene.say('m', PHONE, LAPTOP);
      await scene.clock.pass(500);
      const muc = 'http://jabber.org/protocol/muc';
      const out = `<presence from='${ROOM}/bob' to='${PHONE}' type='unavailable'><x xmlns='${muc}#user'><status code='110'/></x></presence>`;
      if (sign === 'out') scene.copy(out);
      // it says something else than the last one did, so that it might be the same stream
      scene.copy(`<presence from='${PHONE}' to='bob@alpha.test'><priority>5</priority></presence>`);
      if (sign === 'join') {
        scene.copy(`<presence from='${PHONE}' to='${ROOM}/bob'><x xmlns='${muc}'/></presence>`);
      }
      scene.fates[PHONE] = 'answered';
      scene.answerLast(PHONE);
      scene.join(PHONE, 'bob');
      await scene.clock.pass(10_000);
      assert.deepEqual(scene.got(PHONE), ['m']);
    });
  }

  test('where a carbon came to the last one after it had said that it goes', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    const own = `<message xmlns='jabber:client' from='${LAPTOP}' to='zoe@beta.test' type='chat' id='own'><body>x</body></message>`;
    scene.copy(own.replace(" xmlns='jabber:client'", ''));
    scene.copy(
      `<message from='bob@alpha.test' to='${PHONE}' type='chat'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${own}</forwarded></sent></message>`,
    );
    await scene.clock.pass(500);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['own']);
  });
});

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

/** The phone is owed a message, and lets the ping pass by which respool looks for it. */
async function askedInVain(): Promise<Scene> {
  const scene = await withPhone();
  scene.fates[PHONE] = 'silent';
  scene.replay.offline();
  scene.message('m', 0);
  scene.replay.online();
  await scene.clock.pass(120_000);
  return scene;
}

describe('after respool was away', () => {
  test('the first presence that it sees under a JID may be that of a new stream', async () => {
    const scene = await withPhone();
    scene.replay.offline();
    scene.replay.online();
    await scene.clock.pass(10_000);
    scene.fates[PHONE] = 'silent';
    scene.message('m', 1);
    await scene.clock.pass(500);
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test'><priority>5</priority></presence>`);
    scene.fates[PHONE] = 'answered';
    scene.answerLast(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.deepEqual(scene.stored(), []);
  });

  test('a device that answers after everybody has given up waiting is there all the same', async () => {
    const scene = await askedInVain();
    assert.deepEqual(scene.got(PHONE), []);
    scene.fates[PHONE] = 'answered';
    scene.answerLast(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  test('those that are asleep hold up nobody, be they thousands', async () => {
    const before = new Scene();
    const jids = Array.from({ length: 3000 }, (_, n) => `user${n}@alpha.test/phone`);
    for (const jid of jids) before.login(jid);
    const scene = new Scene({ after: before, start: before.clock.date() });
    scene.fate = () => 'silent';
    scene.replay.online();
    await scene.clock.pass(0);
    const atOnce = scene.pings.length;
    await scene.clock.pass(10_000);
    assert.ok(atOnce <= 1000, `${atOnce} pings at once`);
    assert.deepEqual([...new Set(scene.pings.map(({ to }) => to))].sort(), jids.sort());
  });

  test('an answer to what was never asked shows nothing', async () => {
    const scene = await askedInVain();
    const [asked] = scene.pings.slice(-1);
    const id = asked?.id.replace(/\d+$/, number => String(Number(number) + 1));
    scene.copy(`<iq from='${PHONE}' to='respool.alpha.test' type='result' id='${id}'/>`);
    scene.fates[PHONE] = 'answered';
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('a known device that acts and has shown its presence meanwhile is asked, and gets what it is owed', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    scene.fates[PHONE] = 'returned';
    scene.message('m', 0);
    scene.replay.offline();
    scene.replay.online(); // the phone is asked, and is not there yet
    await scene.clock.pass(1000);
    scene.fates[PHONE] = 'answered'; // it resumes its stream, without a presence
    scene.copy(`<message from='${PHONE}' to='zoe@beta.test' type='chat' id='x'><body>x</body></message>`);
    await scene.clock.pass(30_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
    assert.ok(scene.stored().every(({ account, id }) => account !== 'bob@alpha.test' || id === 'x'));
  });
});

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
});

describe('a restart while a phone and a laptop are online', () => {
  /** The laptop answers when it is told to. */
  async function restarted(
    priority = 0,
    phone: Fate = 'answered',
    prepare: (before: Scene) => void = () => undefined,
  ): Promise<Scene> {
    const before = new Scene();
    before.login(PHONE);
    before.login(LAPTOP, priority);
    await before.clock.pass(10_000);
    prepare(before);
    const scene = new Scene({ after: before, start: before.clock.date() });
    scene.fates[LAPTOP] = 'silent';
    scene.fates[PHONE] = phone;
    scene.replay.online();
    await scene.clock.pass(0);
    return scene;
  }

  async function answers(scene: Scene, jid: string, then: number): Promise<void> {
    scene.fates[jid] = 'answered';
    scene.answerLast(jid);
    await scene.clock.pass(then);
  }

  const laptopAnswers = (scene: Scene) => answers(scene, LAPTOP, 60_000);

  test('what came for the laptop before either was found, the phone has not got', async () => {
    const scene = await restarted();
    scene.message('m', 1, LAPTOP);
    await scene.clock.pass(1_000);
    await laptopAnswers(scene);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], [], []]);
  });

  test('nor what came for it until it was found, be it slow', async () => {
    const scene = await restarted();
    await scene.clock.pass(1_000);
    scene.message('m', 1, LAPTOP);
    await scene.clock.pass(10_000);
    await laptopAnswers(scene);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  for (const when of ['before', 'after']) {
    test(`nor what came for bob, whose laptop has the higher priority, ${when} the phone was found`, async () => {
      const scene = await restarted(5);
      if (when === 'after') await scene.clock.pass(1_000);
      scene.message('m', 1);
      await scene.clock.pass(1_000);
      await laptopAnswers(scene);
      assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], [], []]);
    });
  }

  test('a laptop that is asleep is there all the same, for as long as its ping is not returned', async () => {
    for (const to of ['bob@alpha.test', LAPTOP]) {
      const scene = await restarted(5);
      await scene.clock.pass(35_000);
      scene.message('m', 1, to);
      await scene.clock.pass(35_000);
      await laptopAnswers(scene);
      assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
    }
  });

  test('where its ping is returned, the phone has got what came later', async () => {
    const scene = await restarted(5);
    await scene.clock.pass(1_000);
    scene.fates[LAPTOP] = 'returned';
    scene.returnLast(LAPTOP);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), []);
  });

  for (const [priority, phone, laptop] of [
    [5, ['m'], []],
    [0, [], []],
  ] as const) {
    test(`what came for bob before either was found, where the laptop (${priority}) answers before the phone (0)`, async () => {
      const scene = await restarted(priority, 'silent');
      scene.message('m', 1);
      await scene.clock.pass(100);
      await answers(scene, LAPTOP, 100);
      await answers(scene, PHONE, 60_000);
      assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [phone, laptop, []]);
    });
  }

  for (const [how, goes] of [
    ['goes', (scene: Scene) => scene.goes(LAPTOP)],
    ['dies', (scene: Scene) => scene.returnLast(LAPTOP)],
    ['comes anew', (scene: Scene) => scene.login(LAPTOP, 5)],
  ] as const) {
    test(`what came for the laptop, which then ${how}, the phone has not got, which is found later`, async () => {
      const scene = await restarted(5, 'silent');
      await scene.clock.pass(20_000);
      scene.message('m', 1);
      await scene.clock.pass(10_000);
      scene.fates[LAPTOP] = 'returned';
      goes(scene);
      await scene.clock.pass(10_000);
      await answers(scene, PHONE, 60_000);
      assert.deepEqual(scene.got(PHONE), ['m']);
    });
  }

  test('a laptop that answers no pings is there, as long as they are not returned', async () => {
    const scene = await restarted(5, 'answered', scene =>
      scene.db.exec("UPDATE device SET mute = 1 WHERE resource = 'laptop'"),
    );
    await scene.clock.pass(40_000);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], [], []]);
    assert.equal(scene.db.prepare('SELECT sum(mute) FROM device').pluck().get(), 1);
    const asked = scene.pings.find(({ to }) => to === LAPTOP);
    scene.copy(`<iq from='${LAPTOP}' to='respool.alpha.test' type='result' id='${asked?.id}'/>`);
    await scene.clock.pass(100);
    assert.equal(scene.db.prepare('SELECT sum(mute) FROM device').pluck().get(), 0);
  });

  test('a session that acts later, before it shows itself, has not got what came before', async () => {
    const scene = await restarted(5);
    await scene.clock.pass(1_000);
    scene.message('m', 1);
    await scene.clock.pass(3_600_000);
    const query = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    scene.copy(`<iq from='${LAPTOP}' to='alpha.test' type='get' id='d'>${query}</iq>`);
    scene.fates[LAPTOP] = 'answered';
    await scene.clock.pass(20_000);
    scene.login(LAPTOP, 5);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], ['m'], []]);
  });

  for (const when of ['before', 'after']) {
    test(`what came for bob, whose devices are equals, ${when} the phone was found, is not given again`, async () => {
      const scene = await restarted();
      if (when === 'after') await scene.clock.pass(1_000);
      scene.message('m', 1);
      await scene.clock.pass(1_000);
      await laptopAnswers(scene);
      const laptop = when === 'after' ? ['m'] : []; // a copy is put down to one session, where one alone is known
      assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [[], laptop, []]);
    });
  }
});

describe('a restart while a laptop is online of which nobody knew that it was', () => {
  /** The laptop came while respool was away. */
  async function restarted(phoneIsOnline: boolean, priority = 5, latency = 0): Promise<Scene> {
    const before = new Scene();
    before.login(LAPTOP, priority);
    before.login(PHONE);
    await before.clock.pass(10_000);
    before.goes(LAPTOP);
    if (!phoneIsOnline) before.goes(PHONE);
    await before.clock.pass(10_000);
    const scene = new Scene({ after: before, start: before.clock.date(), latency });
    scene.fates[PHONE] = phoneIsOnline ? 'answered' : 'returned';
    await scene.clock.pass(1_000);
    scene.replay.online();
    await scene.clock.pass(1_000);
    return scene;
  }

  for (const [what, phoneIsOnline, phone, later] of [
    ['is online', true, () => undefined, 0],
    ['comes', false, (scene: Scene) => scene.login(PHONE), 100],
    ['has just come', false, (scene: Scene) => scene.login(PHONE), 0],
    ['acts', false, (scene: Scene) => scene.acts(PHONE), 100],
    ['begins to act', false, (scene: Scene) => scene.acts(PHONE), 0],
  ] as const) {
    test(`what comes for bob, his phone, which ${what}, has not got`, async () => {
      const scene = await restarted(phoneIsOnline);
      phone(scene);
      if (later > 0) await scene.clock.pass(later);
      scene.message('m', 1);
      await scene.clock.pass(60_000);
      assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [['m'], [], []]);
    });
  }

  test('nor while it is asleep', async () => {
    const scene = await restarted(false);
    scene.fates[LAPTOP] = 'silent';
    scene.login(PHONE);
    await scene.clock.pass(20_000);
    scene.message('m', 1);
    await scene.clock.pass(40_000);
    scene.fates[LAPTOP] = 'answered';
    scene.answerLast(LAPTOP);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  test('nor in the moment in which it is found to have gone', async () => {
    const scene = await restarted(false);
    scene.fates[LAPTOP] = 'silent';
    scene.login(PHONE);
    await scene.clock.pass(20_000);
    scene.message('m', 1);
    scene.fates[LAPTOP] = 'returned';
    scene.returnLast(LAPTOP);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  for (const [priority, gets, is] of [
    [0, [], 'has got what came for bob before'],
    [5, ['m'], 'may not have got what came for bob before, where the laptop would have had it alone'],
  ] as const) {
    test(`that was not there after all: the phone, when it acts, ${is}`, async () => {
      const scene = await restarted(false, priority);
      scene.fates[LAPTOP] = 'returned';
      scene.message('m', 1);
      scene.acts(PHONE);
      await scene.clock.pass(60_000);
      assert.deepEqual(scene.got(PHONE), gets);
      assert.equal(scene.stored().length, 1); // for the laptop
    });
  }

  test('that was not there after all: what comes for bob in the moment in which the phone comes, it has got', async () => {
    const scene = await restarted(false, 0);
    scene.fates[LAPTOP] = 'returned';
    scene.login(PHONE);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('and goes, for all to see, while it is sought: from then on the phone has got what comes for bob', async () => {
    const scene = await restarted(false);
    scene.fates[LAPTOP] = 'silent';
    scene.login(PHONE);
    await scene.clock.pass(20_000);
    scene.copy(`<presence from='${LAPTOP}' to='bob@alpha.test' type='unavailable'/>`);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('and dies with the ping that it was sent: it is asked again, less and less often, until the server says so', async () => {
    const scene = await restarted(false);
    scene.fates[LAPTOP] = 'silent';
    scene.login(PHONE);
    await scene.clock.pass(3 * 3_600_000);
    const asked = scene.pings.filter(({ to }) => to === LAPTOP).length;
    assert.ok(asked > 5 && asked < 20, `${asked} pings`);
    scene.fates[LAPTOP] = 'returned';
    await scene.clock.pass(3_600_000);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('a phone that logs in, with a roster first, has not got what came before', async () => {
    for (const isLaptopThere of [true, false]) {
      const scene = await restarted(false, 0);
      scene.message('m', 1);
      await scene.clock.pass(100_000);
      scene.fates[LAPTOP] = isLaptopThere ? 'answered' : 'returned';
      scene.asksRoster(PHONE);
      await scene.clock.pass(100);
      scene.login(PHONE);
      await scene.clock.pass(60_000);
      assert.deepEqual(scene.got(PHONE), ['m']);
    }
  });

  for (const when of ['before', 'after'] as const) {
    test(`a phone that logs in gets nothing before its presence: neither ${when} the laptop is found`, async () => {
      const scene = await restarted(false, 0, 20);
      scene.asksRoster(PHONE);
      await scene.clock.pass(when === 'before' ? 1 : 100);
      scene.message('m', 1);
      await scene.clock.pass(100);
      scene.login(PHONE);
      await scene.clock.pass(60_000);
      assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
    });
  }

  test('a device that nobody knew gets what comes while the phone logs in', async () => {
    const scene = await restarted(false, 0);
    scene.fates[LAPTOP] = 'returned';
    scene.asksRoster(PHONE);
    await scene.clock.pass(100);
    scene.message('m', 1);
    await scene.clock.pass(100);
    scene.login(PHONE);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  for (const [how, comes] of [
    ['was there', () => undefined],
    ['comes', (scene: Scene) => scene.login(PHONE)],
  ] as const) {
    test(`and acts: before it has shown itself it gets what comes for bob, and the phone, which ${how}, does not`, async () => {
      const scene = await restarted(false);
      if (how === 'was there') scene.fates[PHONE] = 'answered';
      scene.acts(LAPTOP);
      await scene.clock.pass(1_000);
      comes(scene);
      await scene.clock.pass(1_000);
      scene.message('m', 1);
      await scene.clock.pass(60_000);
      assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
    });
  }

  test('and acts: before the spool has said which device it is, what comes for bob may come to it alone', async () => {
    const scene = await restarted(false, 5, 50);
    scene.fates[LAPTOP] = 'returned';
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    scene.acts(LAPTOP); // it has resumed its stream

    await scene.clock.pass(1);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  test('a device that nobody knew has got what came for bob, and goes: the phone, which acts then, has not', async () => {
    const scene = await restarted(false, 0);
    scene.fates[LAPTOP] = 'returned';
    scene.message('m', 1);
    scene.goes('bob@alpha.test/gajim.1234');
    scene.acts(PHONE);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(PHONE), ['m']);
  });

  test('what comes for bob before the spool has said that there is a laptop, the phone has not got', async () => {
    const scene = await restarted(false, 5, 5);
    scene.login(PHONE);
    await scene.clock.pass(1);
    scene.message('m', 1);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  test('what comes to one that acts, and goes before others are looked for, the next one has not got', async () => {
    const scene = await restarted(false, 0);
    scene.acts(PHONE);
    scene.message('m', 1);
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    scene.acts(LAPTOP);
    await scene.clock.pass(60_000);
    assert.deepEqual(scene.got(LAPTOP), ['m']);
  });

  test('what comes for it in the moment in which the phone comes, the phone has not got', async () => {
    const scene = await restarted(false);
    scene.login(PHONE);
    scene.message('m', 1, LAPTOP);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['m'], []]);
  });

  test('is asked once, however often others come and go', async () => {
    const scene = await restarted(false);
    scene.fates[LAPTOP] = 'returned';
    for (let n = 0; n < 5; n++) {
      scene.login(PHONE);
      await scene.clock.pass(10_000);
      scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
      await scene.clock.pass(10_000);
    }
    assert.equal(scene.pings.filter(({ to }) => to === LAPTOP).length, 1);
  });
});

describe('a laptop with the higher priority that logs in', () => {
  test('has not got what comes before its presence: the phone has', async () => {
    const scene = new Scene();
    scene.login(LAPTOP, 5);
    await scene.clock.pass(10_000);
    scene.goes(LAPTOP);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    scene.asksRoster(LAPTOP);
    await scene.clock.pass(100);
    scene.message('m', 1);
    await scene.clock.pass(100);
    scene.login(LAPTOP, 5);
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.got(LAPTOP), scene.stored()], [[], ['m'], []]);
  });
});

describe('before respool goes', () => {
  test('it waits no longer for the proof of a session that has ended', async () => {
    const scene = await withPhone();
    scene.fates[PHONE] = 'silent';
    scene.message('m', 1);
    let finished = false;
    void scene.replay.finish(1_500).then(() => {
      finished = true;
    });
    await scene.clock.pass(100);
    assert.ok(!finished);
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    await scene.clock.pass(1);
    assert.ok(finished);
  });
});

describe('a ping that is returned when its session has been followed by another one', () => {
  test('has what no ping had followed sent to that one', async () => {
    const scene = await withPhone();
    scene.fates[PHONE] = 'silent';
    scene.message('one', 1);
    await scene.clock.pass(500);
    scene.message('two', 1);
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test'><priority>1</priority></presence>`); // of the next one
    scene.returnLast(PHONE);
    scene.fates[PHONE] = 'answered';
    await scene.clock.pass(60_000);
    assert.deepEqual([scene.got(PHONE), scene.stored()], [['one', 'two'], []]);
  });
});

describe('a message without id', () => {
  test('that a dead session had and the server returned to its sender is not two', async () => {
    const scene = await withPhone();
    scene.fates[PHONE] = 'returned';
    const text = scene.message(null, 1);
    scene.copy(
      text
        .replace(
          `from='${ALICE}' to='bob@alpha.test' type='chat'`,
          `from='bob@alpha.test' to='${ALICE}' type='error'`,
        )
        .replace(
          '</message>',
          "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>User session terminated</text></error></message>",
        ),
    );
    await scene.clock.pass(10_000);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.equal(scene.got(PHONE).length, 1);
    assert.deepEqual(scene.stored(), []);
  });
});

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

  test('has not what came to another one for a full JID at which nobody shows up', async () => {
    const scene = await withMessageToPhone();
    await scene.clock.pass(10_000);
    scene.login(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual([scene.got(LAPTOP), scene.got(PHONE), scene.stored()], [[], ['m'], []]);
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
    for (let waits = 0; scene.replayed.length < 3200 && waits < 10_000; waits++) await scene.clock.pass(1);
    await scene.clock.pass(100);
    const chunks = scene.pings.slice(-16);
    assert.deepEqual([scene.replayed.length, scene.stored().length], [3200, 1600]);
    const answer = (id: string) =>
      scene.copy(`<iq from='${PHONE}' to='respool.alpha.test' type='result' id='${id}'/>`);
    for (const { id } of chunks.slice(0, 5)) {
      await scene.clock.pass(5_500);
      answer(id);
    }
    await scene.clock.pass(10_000);
    assert.equal(scene.stored().length, 1100, 'those of the pings that nobody has answered');
    assert.ok(!scene.notes.some(note => note.includes('answers no pings')));
    for (const { id } of chunks.slice(5)) answer(id);
    await scene.clock.pass(1_000);
    assert.deepEqual(scene.stored(), []);
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
    assert.deepEqual([scene.replayed.length, scene.stored().length], [400, 500]);
  });

  test('on a line that takes longer for a chunk than a ping may take has less and less under way', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    for (let id = 0; id < 1_500; id++) scene.message(`m${id}`, 0);
    scene.login(PHONE);
    scene.fate = () => (scene.replayed.length === 0 ? 'answered' : 'silent');
    await scene.clock.pass(3_000);
    let [delivered, answered, most] = [0, scene.pings.length - 4, 0];
    for (; scene.stored().length > 0 && delivered < 3_000; delivered++) {
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
    assert.equal(scene.replayed.length - slow, 400);
  });

  test('has its rest asked for again where one late answer has come, and then none', async () => {
    const scene = await withPhone();
    scene.copy(`<presence from='${PHONE}' to='bob@alpha.test' type='unavailable'/>`);
    for (let id = 0; id < 400; id++) scene.message(`m${id}`, 0);
    scene.login(PHONE);
    scene.fate = () => (scene.replayed.length === 0 ? 'answered' : 'silent');
    await scene.clock.pass(170_000);
    const chunk = scene.pings.find(({ after }) => after === 100);
    scene.copy(`<iq from='${PHONE}' to='respool.alpha.test' type='result' id='${chunk?.id}'/>`);
    assert.equal(scene.stored().length, 300);
    assert.ok(!scene.notes.some(note => note.includes('all proved')), 'three chunks are not');
    const before = scene.pings.length;
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
    await scene.clock.pass(100);
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
