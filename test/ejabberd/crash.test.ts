import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { found, until } from '../wait.js';
import { Client } from './client.js';
import { RespoolProcess } from './process.js';
import { type Ejabberd, startEjabberd } from './server.js';

const ROUNDS = 10; // of two kills each
const A_ROUND = 60;

describe('kill -9, twenty times', () => {
  let server: Ejabberd;
  let respool: RespoolProcess;

  before(async () => {
    server = await startEjabberd();
    await server.register('alice', 'bob');
    respool = new RespoolProcess(server, { settle: '100ms', proof_after: '200ms', chunk: 5 });
  });
  after(async () => {
    await respool[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test('during intake and during replay: nothing committed is lost, nothing proved comes again', async () => {
    const account = `bob@${server.host}`;
    const alice = await Client.at(server, 'alice/pc');
    const committed = new Set<string>();
    const proved = new Set<string>();
    const delivered = new Set<string>();
    const again: string[] = [];
    const login = async () => {
      const bob = await Client.at(server, 'bob/phone');
      bob.on('message', ({ attrs: { id = '' } }) => {
        if (proved.has(id)) again.push(id);
        delivered.add(id);
      });
      return bob;
    };

    for (let round = 0; round < ROUNDS; round++) {
      await respool.start();
      const before = respool.ids(account).size;
      for (let n = 0; n < A_ROUND; n++) alice.message(account, `round ${round}`, { id: `${round}-${n}` });
      // a random moment is the point here, but on a busy machine each would come too early
      const some = () => respool.ids(account).size >= before + A_ROUND / 3;
      if (round % 2 === 1) await until('a third is committed', some);
      await sleep(Math.random() * 60);
      await respool.end('SIGKILL');
      const stored = respool.ids(account);
      for (const id of stored) committed.add(id);
      await alice.flush();
      await server.purgeOffline(account, A_ROUND);

      await respool.start();
      const bob = await login();
      const enough = Math.floor(Math.random() * stored.size);
      await found(
        `bob gets ${enough} messages`,
        bob,
        'message',
        () => bob.messages.length >= enough || undefined,
      );
      await sleep(Math.random() * 300); // what is answered is proved a moment later
      await respool.end('SIGKILL');
      await bob.flush();
      const left = respool.ids(account);
      for (const id of stored) if (!left.has(id)) proved.add(id);
      for (const id of proved) assert.ok(delivered.has(id), `${id} left the spool without having arrived`);
      await bob.close();
    }

    await respool.start();
    const bob = await login();
    const missing = () => [...committed].filter(id => !delivered.has(id));
    await found('bob gets the rest', bob, 'message', () => missing().length === 0 || undefined);
    await respool.end('SIGTERM');
    assert.deepEqual(again, []);
    assert.ok(
      committed.size > A_ROUND && proved.size > A_ROUND / 2,
      `${committed.size} committed, ${proved.size} proved`,
    );
    await Promise.all([alice.close(), bob.close()]);
  });
});
