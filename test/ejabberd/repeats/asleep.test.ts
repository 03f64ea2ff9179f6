import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client.js';
import { notOnce } from '../delivery.js';
import { RespoolProcess } from '../process.js';
import { type Ejabberd, startEjabberd } from '../server.js';
import { overLines, ROSTER, type Stage, suite } from './stage.js';

/** Messages to a sleeping session, one a second: the scale of the hour in which it gets one a minute. */
const MESSAGES = 60;
/** An hour of one message a minute is to bring so many pings at most; these seconds are no more. */
const MOST_PINGS = 5;
/** All sessions stay asleep as long as a test lasts. */
const ASLEEP = { resumeTimeout: 300 };

/** A phone whose connection is gone, and whose session waits to be resumed. */
async function asleep(stage: Stage, bob: string, delay = 0): Promise<Client> {
  const phone = await stage.bind(`${bob}/phone`, delay, { management: true });
  await phone.request('get', ROSTER);
  phone.presence();
  await stage.there(bob);
  await stage.nothingPending(bob);
  phone.freeze();
  phone.reset();
  return phone;
}

/** Counts the pings of respool that wait in the session: the phone gets them all when it resumes. */
function pingsOf(stage: Stage, phone: Client): () => number {
  let pings = 0;
  phone.on('element', ({ name, attrs }) => {
    if (name === 'iq' && attrs.type === 'get' && attrs.from === stage.server.domain) pings++;
  });
  return () => pings;
}

for (const restarts of [false, true]) {
  const what = restarts ? ', respool restarted in the middle' : '';
  suite(
    `a session asleep, with stream management${what}`,
    stage => {
      test(`gets ${MOST_PINGS} pings at most for ${MESSAGES} messages`, async () => {
        const { alice, bob } = await stage.people();
        const phone = await asleep(stage, bob);
        const pings = pingsOf(stage, phone);
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

suite(
  'a session asleep while respool is stopped and started again',
  stage => {
    overLines('gets what it was handed once, by its resumption', async delay => {
      const { alice, bob } = await stage.people();
      const phone = await asleep(stage, bob, delay);
      const written = stage.write(alice, bob, 3);
      await alice.flush();
      await stage.caughtUp();
      await stage.restart();
      const later = stage.write(alice, bob, 3);
      await alice.flush();
      await phone.resume();
      await stage.eachOnce(bob, [...written, ...later], phone);
    });
  },
  { ...ASLEEP, oneByOne: true },
);

describe('a session asleep while respool is killed and started again', () => {
  let server: Ejabberd;
  let respool: RespoolProcess;
  before(async () => {
    server = await startEjabberd(ASLEEP);
    respool = new RespoolProcess(server, { settle: '1s', proof_after: '300ms' });
    await respool.start();
  });
  after(async () => {
    await respool?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('gets what it was handed once, by its resumption', async () => {
    await server.register('alice', 'bob');
    const bob = `bob@${server.host}`;
    const alice = await Client.at(server, 'alice/pc');
    const phone = await Client.at(server, 'bob/phone', { management: true });
    await phone.flush();
    phone.freeze();
    phone.reset();
    const ids = ['k1', 'k2', 'k3'];
    for (const id of ids) alice.message(bob, id, { id });
    await alice.flush();
    const pending = async () => JSON.parse(await respool.command('queue', 'list', '--json')) as unknown[];
    await until('three are pending', async () => (await pending()).length >= ids.length);
    await respool.end('SIGKILL');
    await respool.start();
    await phone.resume();
    await until('nothing is pending', async () => (await pending()).length === 0).catch(error => {
      throw new Error(`${error.message}; respool said ${respool.said}`);
    });
    await phone.flush();
    await Promise.all([alice.close(), phone.close()]);
    assert.deepEqual(notOnce(phone.messages, ids), []);
  });
});

/** Asks again and again, for nobody tells. */
async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 20_000; !(await condition()); await sleep(100)) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
  }
}
