import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextEvent } from '../wait.js';
import type { Client } from './client.js';
import { idsOf } from './delivery.js';
import { type Scene, scene } from './scene.js';

const COUNT = 30;

interface People {
  alice: Client;
  laptop: Client;
  bob: string;
}

/** Bob's phone is known and away; his laptop has had all that alice wrote. */
async function laptopHasHad(stage: Scene): Promise<People> {
  const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
  for (let times = 0; times < 2; times++) {
    const phone = await stage.login(`${bob}/phone`);
    await stage.respool.until('the phone is known', () => stage.respool.online(bob) === 1);
    phone.unavailable();
    await phone.close();
    await stage.respool.until('it is away', () => stage.respool.online(bob) === 0);
  }
  const laptop = await stage.login(`${bob}/laptop`);
  await stage.respool.until('the laptop is there', () => stage.respool.online(bob) === 1);
  for (let n = 0; n < COUNT; n++) alice.message(bob, `body ${n}`, { id: `b-${n}` });
  await laptop.bodies(COUNT);
  const owedToPhone = () => {
    const owed = stage.respool.pendings(bob);
    return owed.length === COUNT && owed.every(({ resource }) => resource === 'phone');
  };
  await stage.respool.until('the laptop has proved all', owedToPhone);
  return { alice, laptop, bob };
}

/** The phone gets the first of a replay, and then its line is dead; waits until ejabberd has given the session up. */
async function breaksInReplay(stage: Scene, bob: string): Promise<void> {
  const phone = await stage.login(`${bob}/phone`, { management: true, carbons: true, presence: false });
  phone.once('message', () => {
    phone.answers = false; // the ping may have come with it
    phone.freeze();
  });
  const first = nextEvent(phone, 'message');
  phone.presence();
  await first;
  phone.reset();
  await stage.respool.until('its session has ended', () => stage.respool.online(bob) === 1);
}

const all = [...Array(COUNT).keys()].map(n => `b-${n}`);

for (const resend of [false, 'if_offline'] as const) {
  describe(`a session that dies in a replay of what another device has had (resend_on_timeout: ${resend})`, () => {
    const stage = scene({ modules: { mod_stream_mgmt: { resume_timeout: 2, resend_on_timeout: resend } } });

    test('nobody is told of a failure, nobody else gets it, and the next login brings each once', async () => {
      const { alice, laptop, bob } = await laptopHasHad(stage);
      await breaksInReplay(stage, bob);
      await Promise.all([alice.flush(), laptop.flush()]);
      const phone = await stage.login(`${bob}/phone`, { management: true, carbons: true });
      await stage.respool.empty(bob);
      await Promise.all([alice, laptop, phone].map(client => client.flush()));
      assert.deepEqual(idsOf(phone.messages), all);
      assert.deepEqual(idsOf(laptop.messages), all);
      assert.equal(alice.messages.length, 0, 'errors to alice');
    });
  });
}
