import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { idsOf, notOnce } from '../delivery.js';
import { overLines, ROSTER, suite } from './stage.js';

suite('a new session beside an old one', stage => {
  overLines(
    'the phone closes without a word, the laptop logs in at once: a message 0.5 s later comes once',
    async delay => {
      const { alice, bob } = await stage.people();
      await stage.known(`${bob}/laptop`);
      const phone = await stage.bind(`${bob}/phone`, delay);
      await phone.request('get', ROSTER);
      phone.presence();
      await stage.there(bob);
      await phone.close();
      const laptop = await stage.bind(`${bob}/laptop`, delay);
      await laptop.request('get', ROSTER);
      laptop.presence();
      await sleep(500); // it is the time that matters: the end of the phone is known to nobody yet
      const written = stage.write(alice, bob, 5);
      await stage.has(laptop, written);
      const again = await stage.bind(`${bob}/phone`, delay);
      again.presence();
      await stage.eachOnce(bob, written, laptop, again);
    },
  );

  overLines(
    'the same resource binds anew while its old session lives and messages come: each once',
    async delay => {
      const { alice, bob } = await stage.people();
      let phone = await stage.bind(`${bob}/phone`, delay);
      phone.presence();
      await stage.there(bob);
      for (let times = 0; times < (delay === 0 ? 20 : 4); times++) {
        await stage.nothingPending(bob);
        let isBound = false;
        const binding = stage.bind(`${bob}/phone`, delay, { presence: 0 }).finally(() => {
          isBound = true;
        });
        const written: string[] = [];
        while (!isBound) {
          written.push(...stage.write(alice, bob, 1));
          await sleep(2); // what comes in the same milliseconds as the presence is what matters
        }
        const next = await binding;
        await next.request('get', ROSTER);
        await alice.flush();
        await stage.nothingPending(bob);
        await next.flush();
        // what the old session had may come again: nobody had time to prove it
        const had = new Set([...idsOf(phone.messages), ...idsOf(next.messages)]);
        assert.deepEqual(
          written.filter(id => !had.has(id)),
          [],
          'all have come',
        );
        // nor does a copy tell whether the old session was handed it, or the new one before its presence
        const mayRepeat = new Set(idsOf(next.messages.slice(0, next.hadBeforePresence)));
        const once = next.messages.filter(({ attrs }) => !mayRepeat.has(attrs.id ?? ''));
        assert.deepEqual(notOnce(once, idsOf(once)), [], 'to the new session each once');
        await phone.close();
        phone = next;
      }
    },
  );

  overLines('a note to oneself from a device of lower priority does not come back to it', async delay => {
    const { bob } = await stage.people();
    const phone = await stage.bind(`${bob}/phone`, delay);
    phone.presence(5);
    const laptop = await stage.bind(`${bob}/laptop`, delay);
    laptop.presence(0);
    await stage.there(bob, 2);
    const notes = stage.write(laptop, bob, 3);
    await stage.eachOnce(bob, notes, phone);
    await stage.shows(laptop, []);
    laptop.unavailable();
    await laptop.close();
    await stage.there(bob, 1);
    const again = await stage.bind(`${bob}/laptop`, delay);
    again.presence(0);
    await stage.there(bob, 2);
    const later = stage.write(again, bob, 3);
    await stage.has(phone, later);
    await stage.eachOnce(bob, [], again);
  });
});
