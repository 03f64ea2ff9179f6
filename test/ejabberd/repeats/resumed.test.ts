import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../../wait.js';
import { Client } from '../client.js';
import { notOnce } from '../delivery.js';
import { RespoolProcess } from '../process.js';
import { type Ejabberd, startEjabberd } from '../server.js';
import { ASLEEP, asleep, overLines, suite } from './stage.js';

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
    await until('what the phone was handed is written down', () => respool.writtenDown() === ids.length);
    await respool.end('SIGKILL');
    await respool.start();
    await phone.resume();
    await until('nothing is pending', () => respool.ids(bob).size === 0).catch(error => {
      throw new Error(`${error.message}; respool said ${respool.said}`);
    });
    await phone.flush();
    await Promise.all([alice.close(), phone.close()]);
    assert.deepEqual(notOnce(phone.messages, ids), []);
  });
});
