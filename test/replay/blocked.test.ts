import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, LAPTOP, PHONE, Scene } from './scene.js';

const BOB = 'bob@alpha.test';
const DAY = 86_400_000;
const BLOCKING = "xmlns='urn:xmpp:blocking'";

/** Bob's phone is away. Alice has written, and so has carol, whose server's name is another. */
class Blocks extends Scene {
  static async begin(): Promise<Blocks> {
    const scene = new Blocks();
    for (const jid of [PHONE, LAPTOP]) scene.login(jid);
    await scene.clock.pass(10_000);
    for (const jid of [PHONE, LAPTOP]) scene.goes(jid);
    scene.message('a1', 0);
    scene.message('c1', 0, BOB, 'carol@mam.test/pc');
    scene.message('a2', 0);
    await scene.clock.pass(10_000);
    return scene;
  }

  override goes(jid: string): void {
    this.fates[jid] = 'returned';
    super.goes(jid);
  }

  /** Bob's device asks the server for something about his blocks. */
  asks(inside: string, type = 'set', from = LAPTOP): void {
    this.fates[LAPTOP] = 'answered';
    this.copy(`<iq from='${from}' to='${BOB}' type='${type}' id='b'>${inside}</iq>`);
  }

  /** The server says something about them to his laptop. */
  serverSays(inside: string, type = 'set', from = BOB): void {
    this.copy(`<iq from='${from}' to='${LAPTOP}' type='${type}' id='b'>${inside}</iq>`);
  }

  block(...jids: string[]): void {
    this.asks(`<block ${BLOCKING}>${jids.map(jid => `<item jid='${jid}'/>`).join('')}</block>`);
  }

  unblock(...jids: string[]): void {
    this.asks(`<unblock ${BLOCKING}>${jids.map(jid => `<item jid='${jid}'/>`).join('')}</unblock>`);
  }

  /** What the phone gets when it logs in. */
  async phoneGets(): Promise<(string | undefined)[]> {
    this.login(PHONE);
    await this.clock.pass(20_000);
    return this.got(PHONE);
  }
}

describe('what somebody wrote before he was blocked', () => {
  for (const [name, jid] of [
    ['his account', 'Alice@Alpha.test'],
    ['his device', ALICE],
    ['his server', 'alpha.test'],
  ] as const) {
    test(`waits where ${name} is blocked, and is not proved by an answer to a ping`, async () => {
      const scene = await Blocks.begin();
      scene.block(jid);
      assert.deepEqual(await scene.phoneGets(), ['c1']);
      assert.deepEqual(
        scene.stored().map(({ id }) => id),
        ['a1', 'a2'],
      );
    });
  }

  test('comes when he is not blocked any more, in its order, at once', async () => {
    const scene = await Blocks.begin();
    scene.block('alice@alpha.test', 'carol@mam.test');
    assert.deepEqual(await scene.phoneGets(), []);
    scene.unblock('carol@mam.test');
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['c1']);
    scene.unblock('alice@alpha.test');
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['c1', 'a1', 'a2']);
  });

  test('comes when nobody is blocked any more', async () => {
    const scene = await Blocks.begin();
    scene.block('alice@alpha.test', 'carol@mam.test');
    scene.unblock();
    assert.deepEqual(await scene.phoneGets(), ['a1', 'c1', 'a2']);
  });

  test('is held back by what the server says of the list, and by nobody else', async () => {
    const scene = await Blocks.begin();
    scene.login(LAPTOP, -1);
    const list = (jid: string) => `<blocklist ${BLOCKING}><item jid='${jid}'/></blocklist>`;
    scene.serverSays(list('carol@mam.test'), 'result');
    scene.serverSays(list('alice@alpha.test'), 'result', ALICE);
    scene.asks(`<block ${BLOCKING}><item jid='alice@alpha.test'/></block>`, 'set', 'eve@alpha.test/pc');
    assert.deepEqual(await scene.phoneGets(), ['a1', 'a2']);
    scene.serverSays(list('alice@alpha.test'), 'result');
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['a1', 'a2', 'c1']);
  });

  test('is tried again when another privacy list holds', async () => {
    const scene = await Blocks.begin();
    scene.block('alice@alpha.test');
    assert.deepEqual(await scene.phoneGets(), ['c1']);
    scene.asks("<query xmlns='jabber:iq:privacy'><list name='x'/></query>");
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['c1']);
    scene.asks("<query xmlns='jabber:iq:privacy'><default name='x'/></query>");
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['c1', 'a1', 'a2']);
  });

  test('is held back by the spool after a restart too, and is not counted as lost when it expires', async () => {
    const scene = await Blocks.begin();
    scene.block('alice@alpha.test');
    await scene.clock.pass(1_000);
    const next = new Blocks({ after: scene, start: scene.clock.date() });
    assert.deepEqual(await next.phoneGets(), ['c1']);
    next.goes(PHONE);
    next.spool.apply([{ do: 'sweep', at: next.clock.date() + 20 * DAY }]);
    assert.equal(next.counter('expired'), 3);
    assert.equal(next.counter('lost'), 0);
  });
});

/** The server keeps what alice writes from bob's sessions, though nobody has said so, and tells her. */
async function secretlyBlocked(): Promise<Blocks> {
  const scene = await Blocks.begin();
  scene.filters = from => from === ALICE;
  return scene;
}

describe('a replay that comes back to its sender, for he is blocked', () => {
  test('is not proved, and is not tried again before a day has passed', async () => {
    const scene = await secretlyBlocked();
    assert.deepEqual(await scene.phoneGets(), ['a1', 'c1', 'a2']);
    assert.deepEqual(
      scene.stored().map(({ id }) => id),
      ['a1', 'c1', 'a2'],
    );
    scene.goes(PHONE);
    await scene.clock.pass(10_000);
    assert.deepEqual(await scene.phoneGets(), ['a1', 'c1', 'a2'], 'no more');
    scene.goes(PHONE);
    await scene.clock.pass(DAY);
    scene.filters = () => false;
    assert.deepEqual(await scene.phoneGets(), ['a1', 'c1', 'a2', 'a1', 'a2']);
    assert.equal(scene.counter('replayed'), 3, 'what came back was none');
  });

  test('is not proved by the answer to a ping that comes a second before it', async () => {
    const scene = await secretlyBlocked();
    scene.returnsAfter = 1_000;
    assert.deepEqual(await scene.phoneGets(), ['a1', 'c1', 'a2']);
    const owed = scene.stored().filter(({ id }) => id !== 'c1');
    assert.deepEqual(
      owed.map(({ id }) => id),
      ['a1', 'a2'],
    );
    scene.goes(LAPTOP);
    scene.filters = () => false;
    scene.unblock('alice@alpha.test');
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['a1', 'c1', 'a2', 'a1', 'a2']);
  });

  test('is not proved where the session ends before that comes', async () => {
    const scene = await secretlyBlocked();
    scene.returnsAfter = 900;
    scene.login(PHONE);
    while (scene.got(PHONE).length === 0) await scene.clock.pass(10);
    await scene.clock.pass(300);
    scene.goes(PHONE);
    await scene.clock.pass(10_000);
    scene.filters = () => false;
    const again = await scene.phoneGets();
    assert.deepEqual(
      again.filter(id => id !== 'c1'),
      ['a1', 'a2', 'a1', 'a2'],
    );
  });

  test('comes as soon as he is not blocked any more', async () => {
    const scene = await secretlyBlocked();
    await scene.phoneGets();
    scene.filters = () => false;
    scene.unblock('alice@alpha.test');
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['a1', 'c1', 'a2', 'a1', 'a2']);
  });

  test('or when a privacy list has changed', async () => {
    const scene = await secretlyBlocked();
    await scene.phoneGets();
    scene.filters = () => false;
    scene.asks("<query xmlns='jabber:iq:privacy'><active/></query>");
    await scene.clock.pass(10_000);
    assert.deepEqual(scene.got(PHONE), ['a1', 'c1', 'a2', 'a1', 'a2']);
  });
});

test('what cannot be sent is not waited for, as what comes back is: the rest is proved at once', async () => {
  const scene = await Blocks.begin();
  const unreadable = "UPDATE message SET payload = '<body>' WHERE stanza_id = 'c1'";
  scene.db.exec(unreadable);
  scene.login(PHONE);
  while (scene.got(PHONE).length < 2) await scene.clock.pass(10);
  await scene.clock.pass(200);
  assert.equal(scene.counter('replayed'), 2);
});
