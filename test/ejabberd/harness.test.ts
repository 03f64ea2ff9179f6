import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { xml } from '@xmpp/component';
import { Client } from './client.js';
import { startEjabberd } from './server.js';

/** What the tests on a real ejabberd take for granted, without respool. */
describe('the harness', () => {
  test('the server itself: attached while it runs, restarted, killed, gone', async () => {
    const server = await startEjabberd({ component: false, resumeTimeout: 1, offlineLimit: 'infinity' });
    try {
      await server.register('alice', 'bob');
      const alice = await Client.at(server, 'alice/pc');
      const phone = await Client.at(server, 'bob/phone', { management: true });
      await phone.flush();

      alice.message(phone.jid, 'Grüße & <3 你好', { id: 'one' });
      const [got] = (await phone.bodies(1)) as [string];
      assert.equal(got, 'Grüße & <3 你好');
      assert.equal(phone.messages[0]?.attrs.from, 'alice@alpha.test/pc');

      phone.reset();
      alice.message('bob@alpha.test', 'lost', { id: 'two' });
      // "one" may come back too: it has arrived, but the server may not have been told so
      await alice.received(({ attrs }) => attrs.type === 'error' && attrs.id === 'two');

      for (let n = 0; n < 20; n++) alice.message('bob@alpha.test', `${n}`);
      await alice.flush();
      await alice.close();
      await server.restart();
      const again = await Client.at(server, 'bob/phone');
      assert.deepEqual(await again.bodies(20), [...Array(20).keys()].map(String));

      await server.reload({ component: true });
      assert.match(await server.ctl('status'), /is running/);

      const { pid, folder } = server;
      assert.ok(pid);
      await server.kill();
      assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
      await server[Symbol.asyncDispose]();
      assert.equal(existsSync(folder), false);
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });

  test('a session resumed (XEP-0198) keeps what was not acknowledged', async () => {
    await using server = await startEjabberd({ resumeTimeout: 10 });
    await server.register('alice', 'bob');
    const alice = await Client.at(server, 'alice/pc');
    const phone = await Client.at(server, 'bob/phone', { management: true });
    await phone.flush();
    phone.reset();
    alice.message('bob@alpha.test', 'while away', { id: 'r-1' });
    await alice.flush();
    await phone.resume();
    assert.deepEqual(await phone.bodies(1), ['while away']);
    phone.message('alice@alpha.test', 'back');
    assert.deepEqual(await alice.bodies(1), ['back']);
  });

  test("several vhosts, an archive, and a stanza of one's own", async () => {
    await using server = await startEjabberd({ hosts: ['alpha.test', 'beta.test'], mam: true });
    await server.register('alice', 'bob@beta.test');
    const alice = await Client.at(server, 'alice/pc');
    const bob = await Client.at(server, 'bob@beta.test/phone');
    await bob.flush();
    alice.send(xml('message', { to: bob.jid, id: 'x', type: 'chat' }, xml('body', {}, 'x')).toString());
    assert.deepEqual(await bob.bodies(1), ['x']);
    const results = await bob.queryArchive();
    assert.equal(results.length, 1);
  });
});
