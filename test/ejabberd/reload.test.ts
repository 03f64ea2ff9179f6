import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../wait.js';
import { Client } from './client.js';
import { RespoolProcess } from './process.js';
import { type Ejabberd, startEjabberd } from './server.js';

describe('SIGHUP', () => {
  let server: Ejabberd;
  let respool: RespoolProcess;
  before(async () => {
    server = await startEjabberd({ resumeTimeout: 1 });
    await server.register('alice', 'bob', 'carol');
    respool = new RespoolProcess(server, { settle: '10m', proof_after: '200ms' });
    await respool.start();
  });
  after(async () => {
    await respool?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  /**
   * Has three messages to a user go to a session whose client reads no more, and which then ends: with stream management,
   * so that the server returns respool's ping too, whether that came before the connection was lost or after.
   */
  async function lose(user: string, alice: Client): Promise<void> {
    const dead = await Client.at(server, `${user}/phone`, { management: true });
    await dead.flush();
    dead.freeze();
    for (const id of ['1', '2', '3']) alice.message(dead.jid, `number ${id}`, { id });
    await alice.flush();
    dead.reset();
    await until(`${user} is known to be gone`, async () => {
      const [device] = JSON.parse(await respool.command('devices', `${user}@${server.host}`, '--json'));
      return device?.online === false && device.pending > 0;
    });
  }

  test('limits of the spool and habits of the replay change while it runs, without a new connection', async () => {
    const alice = await Client.at(server, 'alice/pc');
    respool.configure({ replay: { settle: '100ms', proof_after: '200ms' }, spool: { max_per_account: 2 } });
    respool.signal('SIGHUP');
    await respool.says(/now in force: spool\.max_per_account, replay\.settle/);
    await lose('bob', alice);
    const bob = await Client.at(server, 'bob/phone');
    await bob.bodies(2); // with the settle of ten minutes they would not come
    await bob.flush();
    assert.deepEqual(bob.texts(), ['number 2', 'number 3'], 'the first was over max_per_account');

    respool.configure({ replay: { settle: 'soon' } });
    respool.signal('SIGHUP');
    await respool.says(/replay\.settle: "soon" is not allowed/);
    respool.configure({}); // for the commands of this test; no signal follows, so the daemon does not see it
    await lose('carol', alice);
    const carol = await Client.at(server, 'carol/phone');
    await carol.bodies(2);
    assert.deepEqual(carol.texts(), ['number 2', 'number 3'], 'what held before still holds');
    assert.equal(respool.said.match(/connected to/g)?.length, 1);
    for (const client of [alice, bob, carol]) await client.close();
  });
});
