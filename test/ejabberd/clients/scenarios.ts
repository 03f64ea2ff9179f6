import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setInterval as every } from 'node:timers/promises';
import { until } from '../../wait.js';
import type { Client } from '../client.js';
import { type Scene, scene } from '../scene.js';
import { BreakingLine } from './breaking-line.js';
import type { ForeignClient, Start } from './heard.js';

const OWNER = 'http://jabber.org/protocol/muc#owner';
/** The server keeps the session of a broken connection so long, in seconds. */
export const RESUME_TIMEOUT = 3;
/** So many messages wait, or are missed. */
const COUNT = 10;

/**
 * A server with respool for foreign clients, which wait as long after a login as respool's default is.
 * @param management whether the server offers stream management (XEP-0198)
 */
export function foreignScene({ management = true } = {}): Scene {
  return scene({ resumeTimeout: RESUME_TIMEOUT, management }, config => {
    config.replay.settle = 2000;
  });
}

/** Declares the tests that each client has to pass: whatever happens to it, it gets each message once. */
export function eachMessageOnce(stage: Scene, client: string, start: Start): void {
  describe(client, { concurrency: 3 }, () => {
    test('what waited in mod_offline comes once', async t => {
      const story = await Story.begin(stage, t, start);
      story.write(many('waiting'));
      await story.alice.flush();
      await story.logIn();
      await story.ends();
    });

    test('what is written during the login comes once, beside what waited', async t => {
      const story = await Story.begin(stage, t, start);
      story.write(many('waiting'));
      await story.alice.flush();
      const login = story.logIn();
      await story.writeUntil(login);
      await story.ends();
    });

    test('what a dead connection swallowed comes once after the next login', async t => {
      const story = await Story.begin(stage, t, start);
      const line = await story.line();
      const dying = await story.logIn(line.port);
      await story.hears(dying, 'before');
      line.swallow();
      story.write(many('swallowed'));
      await story.alice.flush();
      await dying.kill();
      await story.logIn();
      await story.ends();
    });

    test('what was said in its room while it was away comes once, however it comes', async t => {
      const story = await Story.begin(stage, t, start, true);
      const first = await story.logIn();
      await story.hears(first, 'before');
      await first.kill();
      story.say(many('missed in the room'));
      story.write(many('missed'));
      await story.alice.flush();
      await story.logIn();
      await story.ends();
    });
  });
}

/** Declares the test for a client that connects again by itself: so does this one when its connection breaks. */
export function eachMessageOnceAfterABreak(stage: Scene, client: string, start: Start): void {
  test(`${client}: what is missed while its connection is broken comes once`, async t => {
    const story = await Story.begin(stage, t, start, true);
    const line = await story.line();
    await story.hears(await story.logIn(line.port), 'before');
    line.cut();
    story.say(many('missed in the room'));
    story.write(many('missed'));
    await story.alice.flush();
    await story.ends();
  });
}

/**
 * Declares the test that what another device has had, and what its owner has written there, is shown, once, as of the day
 * when it was written, though it came as carbon copies.
 * @param own whether the client does so for what its owner has written
 */
export function showsCopiesInTheirTime(
  stage: Scene,
  client: string,
  start: Start,
  { own: showsOwn = true } = {},
): void {
  test(`${client}: what another device has had is shown in its time`, async t => {
    const story = await Story.begin(stage, t, start);
    await story.becomesKnown();
    // its session may have died before it acknowledged what it had proved: ejabberd returns that, whoever else is there
    await story.alice.flush();
    const earlier = story.alice.messages.length;
    const laptop = await stage.login(`${story.bob}/laptop`);
    const [had, own] = [many('had elsewhere'), 'written elsewhere'];
    story.write(had);
    await laptop.bodies(COUNT);
    story.writesElsewhere(laptop, own);
    await laptop.flush();
    await story.isOwedToTheDeviceAlone(COUNT + 1);
    const aDay = 86_400_000;
    const account = '(SELECT id FROM account WHERE jid = ?)';
    stage.respool.change(`UPDATE message SET stamp = stamp - ? WHERE account = ${account}`, aDay, story.bob);
    const yesterday = new Date(Date.now() - aDay).toISOString().slice(0, 10);
    const device = await story.logIn();
    await story.ends();
    for (const body of showsOwn ? [...had, own] : had) {
      assert.equal(await device.dayOf(body), yesterday, body);
    }
    await story.alice.flush();
    const errors = story.alice.messages.slice(earlier).filter(({ attrs }) => attrs.type === 'error');
    assert.deepEqual(errors.map(String), [], 'errors to alice');
  });
}

function many(word: string): string[] {
  return [...Array(COUNT).keys()].map(n => `${word} ${n}`);
}

/** One test: alice writes, the client is bob's. */
class Story {
  readonly #wanted: string[] = [];
  #client: ForeignClient | null = null;

  private constructor(
    readonly stage: Scene,
    readonly t: TestContext,
    readonly start: Start,
    readonly alice: Client,
    readonly bob: string,
    readonly room: string | null,
  ) {}

  static async begin(stage: Scene, t: TestContext, start: Start, withRoom = false): Promise<Story> {
    const [writer, bob] = [await stage.user('alice'), await stage.user('bob')];
    const alice = await stage.login(`${writer}/pc`);
    const room = withRoom ? `${bob.split('@')[0]}@conference.${stage.server.host}` : null;
    if (room !== null) {
      await alice.join(room, 'alice');
      await alice.request(
        'set',
        `<query xmlns='${OWNER}'><x xmlns='jabber:x:data' type='submit'/></query>`,
        room,
      );
    }
    return new Story(stage, t, start, alice, bob, room);
  }

  /** A line between client and server for this test. */
  async line(): Promise<BreakingLine> {
    const line = await BreakingLine.open(this.stage.server);
    this.t.after(() => line.close());
    return line;
  }

  async logIn(port = this.stage.server.c2sPort): Promise<ForeignClient> {
    const rooms = this.room === null ? [] : [this.room];
    const client = await this.start({ ip: this.stage.server.ip, port, jid: `${this.bob}/device`, rooms });
    this.t.after(() => client.kill());
    this.#client = client;
    return client;
  }

  /** Writes to bob. */
  write(bodies: readonly string[]): void {
    this.#wanted.push(...bodies);
    for (const body of bodies) this.alice.message(this.bob, body);
  }

  /** Speaks in the room. */
  say(bodies: readonly string[]): void {
    this.#wanted.push(...bodies);
    for (const body of bodies) this.alice.message(this.room ?? '', body, { type: 'groupchat' });
  }

  /** Waits until bob has got a message, which is not counted, and has proved it. */
  async hears({ heard }: ForeignClient, body: string): Promise<void> {
    if (this.room === null) this.alice.message(this.bob, body);
    else this.alice.message(this.room, body, { type: 'groupchat' });
    await heard.until(body);
    await this.nothingPending();
  }

  /** Writes to bob all the time, until something has happened. */
  async writeUntil(happened: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const ends = happened.finally(() => over.abort());
    let n = 0;
    try {
      for await (const _ of every(50, null, { signal: over.signal })) this.write([`meanwhile ${n++}`]);
    } catch (error) {
      if (!over.signal.aborted) throw error;
    }
    await ends;
  }

  /** Logs in, is heard of, and goes without a word. */
  async becomesKnown(): Promise<void> {
    const first = await this.logIn();
    await this.hears(first, 'before');
    await first.kill();
    const { server } = this.stage;
    const [user, host] = this.bob.split('@');
    const hasEnded = async () => String(await server.call('user_resources', { user, host })) === '';
    await until('the server has given its session up', hasEnded);
  }

  /** Another device of bob's writes to alice. */
  writesElsewhere(device: Client, body: string): void {
    this.#wanted.push(body);
    device.message(this.alice.jid, body);
  }

  /** Waits until so much is owed to the device, and nothing to another or to whichever comes first. */
  isOwedToTheDeviceAlone(count: number): Promise<void> {
    const { respool } = this.stage;
    return respool.until('the other device has proved all', () => {
      const owed = respool.pendings(this.bob);
      return owed.length >= count && owed.every(({ resource }) => resource === 'device');
    });
  }

  /** Waits until `respool queue list` would show nothing of bob. */
  nothingPending(): Promise<void> {
    const { respool } = this.stage;
    return respool.until(`nothing is pending for ${this.bob}`, () => respool.pendings(this.bob).length === 0);
  }

  /** The end of each test: nothing is pending, and the client, which is there, has got each message once. */
  async ends(): Promise<void> {
    await this.nothingPending();
    const heard = this.#client?.heard;
    assert.ok(heard, 'the client has not logged in');
    this.write(['last']);
    if (this.room !== null) this.say(['last in the room']);
    await heard.until('last');
    if (this.room !== null) await heard.until('last in the room');
    await this.nothingPending();
    assert.equal(heard.notOnce(this.#wanted), '');
  }
}
