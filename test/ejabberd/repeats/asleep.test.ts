import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ASLEEP, asleep, pingsTo, suite } from './stage.js';

/** Messages to a sleeping session, one a second: the scale of the hour in which it gets one a minute. */
const MESSAGES = 60;
/** An hour of one message a minute is to bring so many pings at most; these seconds are no more. */
const MOST_PINGS = 5;

describe('one message a second', { concurrency: 2 }, () => {
  for (const restarts of [false, true]) {
    const what = restarts ? ', respool restarted in the middle' : '';
    suite(
      `a session asleep, with stream management${what}`,
      stage => {
        test(`gets ${MOST_PINGS} pings at most for ${MESSAGES} messages`, async () => {
          const { alice, bob } = await stage.people();
          const phone = await asleep(stage, bob);
          const pings = pingsTo(phone); // they wait in the session, too
          const written: string[] = [];
          for (let n = 0; n < MESSAGES; n++) {
            written.push(...stage.write(alice, bob, 1));
            await sleep(1_000); // the rate is what is tested
            if (restarts && n === MESSAGES / 2) await stage.restart();
          }
          await phone.resume();
          await stage.has(phone, written);
          await phone.flush();
          assert.ok(pings() <= MOST_PINGS, `${pings()} pings for ${MESSAGES} messages`);
          await stage.eachOnce(bob, written, phone);
        });
      },
      ASLEEP,
    );
  }
});
