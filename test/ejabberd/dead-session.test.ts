import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from './client.js';
import { Respool } from './respool.js';
import { type Ejabberd, startEjabberd } from './server.js';

describe('a session that died with stream management on (XEP-0198)', () => {
  let server: Ejabberd;
  let respool: Respool;
  let alice: Client;

  before(async () => {
    server = await startEjabberd({ resumeTimeout: 1 });
    await server.register('alice', 'bob');
    respool = await Respool.attached(server);
    alice = await Client.at(server, 'alice/pc');
    await alice.flush();
  });
  after(async () => {
    await alice.close();
    await respool[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test('its message arrives once at the next login, as it was written, with the time of its writing', async () => {
    const dead = await Client.at(server, 'bob/phone', { management: true });
    await dead.flush();
    dead.reset();
    const bounced = alice.received(message => message.attrs.type === 'error');
    const written = Date.now();
    alice.message('bob@alpha.test', 'to a dead session', { id: 'z-1' });
    await bounced;
    const bob = await Client.at(server, 'bob/phone', { management: true });
    await bob.bodies(1);
    await respool.empty();
    assert.deepEqual(bob.texts(), ['to a dead session']);
    const [message] = bob.messages;
    assert.deepEqual([message?.attrs.from, message?.attrs.id, message?.attrs.type], ['alice@alpha.test/pc', 'z-1', 'chat']);
    const delays = message?.getChildren('delay', 'urn:xmpp:delay') ?? [];
    assert.equal(delays.length, 1);
    assert.ok(Math.abs(Date.parse(delays[0]?.attrs.stamp ?? '') - written) < 2000, `${delays[0]?.attrs.stamp}`);
    await bob.close();
  });
});
