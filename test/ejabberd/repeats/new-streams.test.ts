import { setTimeout as sleep } from 'node:timers/promises';
import { overLines, ROSTER, suite } from './stage.js';

for (const resend of ['true', 'if_offline'] as const) {
  suite(
    `with resend_on_timeout: ${resend}`,
    stage => {
      for (const gap of [0, 700]) {
        overLines(
          `what a dead session had not got comes once to the next, whose presence comes after ${gap} ms`,
          async delay => {
            const { alice, bob } = await stage.people();
            const dead = await stage.bind(`${bob}/phone`, delay, { management: true });
            dead.presence();
            await stage.there(bob);
            dead.freeze();
            const written = stage.write(alice, bob, 5);
            await alice.flush();
            await stage.caughtUp();
            const phone = await stage.bind(`${bob}/phone`, delay, { management: true });
            await sleep(gap); // what is sent again comes before the presence
            phone.presence();
            await phone.request('get', ROSTER);
            await stage.eachOnce(bob, written, phone);
            dead.reset();
          },
        );
      }
    },
    {
      modules: {
        mod_stream_mgmt: { resume_timeout: 60, resend_on_timeout: resend === 'true' ? true : resend },
      },
    },
  );
}

suite('a resource made anew at each login', stage => {
  overLines('does not push out the phone that comes back, with what that lacks', async delay => {
    const { alice, bob } = await stage.people();
    await stage.known(`${bob}/phone`); // it has come back now
    const written: string[] = [];
    for (let n = 0; n < 11; n++) {
      const passing = await stage.bind(`${bob}/converse.js-${1000 + n}`, 0);
      passing.presence();
      await stage.there(bob);
      written.push(...stage.write(alice, bob, 1));
      await stage.has(passing, written.slice(-1));
      passing.unavailable();
      await passing.close();
      await stage.there(bob, 0);
    }
    const phone = await stage.bind(`${bob}/phone`, delay);
    phone.presence();
    await stage.has(phone, written);
    const list = () => stage.respool.pendings(bob);
    await stage.respool.until('nothing is pending for the phone', () =>
      list().every(({ resource }) => resource !== 'phone' && resource !== null),
    );
    await stage.shows(phone, written);
    await stage.respool.until(
      'three of them at most are owed anything',
      () => new Set(list().map(({ resource }) => resource)).size <= 3,
    );
  });
});
