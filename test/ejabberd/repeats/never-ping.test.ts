import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../../wait.js';
import { Client } from '../client.js';
import { RespoolProcess } from '../process.js';
import { type Ejabberd, startEjabberd } from '../server.js';
import { pingsTo } from './stage.js';

describe('devices.never_ping', () => {
  let server: Ejabberd;
  let respool: RespoolProcess;
  before(async () => {
    server = await startEjabberd();
    const sections = { devices: { never_ping: ['*/go-sendxmpp.*', `bot@${server.host}`] } };
    respool = new RespoolProcess(server, { settle: '300ms', proof_after: '200ms' }, { sections });
    await respool.start();
  });
  after(async () => {
    await respool?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  for (const jid of ['bob/go-sendxmpp.a547df91', 'bot/pc']) {
    test(`${jid} gets its messages, and no ping`, async () => {
      const [user = ''] = jid.split('/');
      await server.register(`to-${user}`, user);
      const sender = await Client.at(server, `to-${user}/pc`);
      const device = await Client.at(server, jid);
      const pings = pingsTo(device);
      await device.flush();
      for (const body of ['one', 'two', 'three']) sender.message(`${user}@${server.host}`, body);
      await device.bodies(3);
      await until('a copy counts as proof', async () => {
        const rows = await respool.command('queue', 'list', `${user}@${server.host}`, '--json');
        return (JSON.parse(rows) as unknown[]).length === 0;
      });
      await device.flush();
      assert.equal(pings(), 0);
      assert.deepEqual(device.texts(), ['one', 'two', 'three']);
      const known = await respool.command('devices', `${user}@${server.host}`);
      assert.match(known, /online +\S+ ago +not sent /);
      await Promise.all([sender.close(), device.close()]);
    });
  }
});
