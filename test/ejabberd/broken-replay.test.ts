import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextEvent } from '../wait.js';
import { idsOf } from './delivery.js';
import { laptopHasHad } from './laptop-has-had.js';
import { type Scene, scene } from './scene.js';

const COUNT = 30;
const all = [...Array(COUNT).keys()].map(n => `b-${n}`);

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

for (const resend of [false, 'if_offline'] as const) {
  describe(`a session that dies in a replay of what another device has had (resend_on_timeout: ${resend})`, () => {
    const stage = scene({ modules: { mod_stream_mgmt: { resume_timeout: 2, resend_on_timeout: resend } } });

    test('nobody is told of a failure, nobody else gets it, and the next login brings each once', async () => {
      const { alice, laptop, bob } = await laptopHasHad(stage, all);
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
