import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flood, LATER, MOMENT, PINGED, toldOfLaptop } from './ended-scene.js';
import { bringsHistory, OTHER, outOfRoom } from './room-scene.js';
import { ALICE, LAPTOP, PHONE, Scene, withPhone } from './scene.js';

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

  test('is asked no longer than ever for what it gets after its presence', async () => {
    const scene = await lacking();
    scene.login(PHONE);
    toldOfLaptop(scene);
    await scene.clock.pass(6_000);
    assert.deepEqual(scene.got(PHONE), ['had', 'lacked']);
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

describe('a next stream that joins a room before its presence', () => {
  /** The phone's last stream has ended without a word. It is in the room again, and its next presence comes so much later, in ms. */
  async function joinsBefore(gap: number): Promise<Scene> {
    const scene = await outOfRoom();
    scene.say('said', OTHER);
    scene.login(PHONE);
    await scene.clock.pass(LATER);
    scene.fates[PHONE] = 'silent';
    scene.join(PHONE, 'bob');
    bringsHistory(scene, 'said');
    await scene.clock.pass(gap);
    scene.fates[PHONE] = 'answered';
    scene.login(PHONE);
    toldOfLaptop(scene);
    await scene.clock.pass(2 * LATER);
    return scene;
  }

  test('has what the history of that brings it, where it joins just before', async () => {
    const scene = await joinsBefore(30);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('is replayed it, where the last one may have joined', async () => {
    const scene = await joinsBefore(150);
    assert.deepEqual(scene.got(PHONE), ['said']);
  });
});
