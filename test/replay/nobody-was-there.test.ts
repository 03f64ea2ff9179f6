import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flood, LATER } from './ended-scene.js';
import { ALICE, PHONE, Scene, withPhone } from './scene.js';

/** The server returns bob's message of this id to alice, for his offline queue is full. */
function hasNoRoom(scene: Scene, id: string): void {
  scene.copy(
    `<message from='bob@alpha.test' to='${ALICE}' type='error' id='${id}'><body>hello</body><error type='wait'>` +
      `<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
  );
}

/** The next stream shows its presence, and "later" comes to it. */
async function nextStreamComes(scene: Scene): Promise<void> {
  scene.login(PHONE);
  scene.registered(PHONE);
  await scene.clock.pass(200);
  scene.message('later', 1);
}

/** In the end the phone has been sent these, and nothing is owed any more. */
async function isSent(scene: Scene, ids: string[]): Promise<void> {
  await scene.clock.pass(LATER);
  assert.deepEqual(scene.got(PHONE), ids);
  assert.deepEqual(scene.stored(), []);
}

describe('what a stream was handed that had ended when the next message was sent is given to the next stream', () => {
  /** The phone was handed "had" on a dead connection. "kept" was sent, and nobody was there to get it. */
  async function between(): Promise<Scene> {
    const scene = await withPhone();
    scene.message('had', 1);
    await scene.clock.pass(30);
    scene.message('kept', 0);
    await scene.clock.pass(20);
    return scene;
  }

  test('its offline queue brings the one between, after what was sent since', async () => {
    const scene = await between();
    await nextStreamComes(scene);
    flood(scene, 'kept');
    await isSent(scene, ['had']);
  });

  test('its offline queue had no room for the one between', async () => {
    const scene = await between();
    hasNoRoom(scene, 'kept');
    await nextStreamComes(scene);
    await isSent(scene, ['had', 'kept']);
  });

  test('it was put into the offline queue, moments after the last presence', async () => {
    const scene = new Scene();
    scene.login(PHONE);
    await scene.clock.pass(1_000);
    scene.message('had', 1);
    scene.message('kept', 0);
    scene.storedOffline('kept');
    await scene.clock.pass(20);
    await nextStreamComes(scene);
    await isSent(scene, ['had', 'kept']);
  });

  test('that is said after the next stream has shown its presence, and got what was sent since', async () => {
    const scene = await between();
    await nextStreamComes(scene);
    hasNoRoom(scene, 'kept');
    await isSent(scene, ['had', 'kept']);
  });
});

describe('a session is not taken for gone', () => {
  test('by each message of its queue anew, where it shows its presence twice meanwhile', async () => {
    const scene = await withPhone();
    for (const id of ['a', 'b']) scene.message(id, 0);
    await scene.clock.pass(20);
    scene.login(PHONE);
    flood(scene, 'a');
    await scene.clock.pass(50);
    scene.login(PHONE);
    flood(scene, 'b');
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });

  test('where the queue brings what was kept from it, and it has shown no presence since', async () => {
    const scene = await withPhone();
    scene.message('had', 1);
    scene.message('kept', 0);
    await scene.clock.pass(20);
    scene.message('later', 1);
    await scene.clock.pass(100);
    flood(scene, 'kept');
    await scene.clock.pass(LATER);
    assert.deepEqual(scene.got(PHONE), []);
  });
});
