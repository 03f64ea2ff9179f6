import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { until } from '../wait.js';
import { FakeServer } from '../xmpp/fake-server.js';
import { Process, respool } from './process.js';
import { Workspace } from './workspace.js';

const COPY =
  "<message from='example.org' to='respool.example.org'><forwarded xmlns='urn:xmpp:forward:0'>" +
  "<message xmlns='jabber:client' from='juliet@example.org/balcony' to='romeo@example.org' type='chat' id='a1'>" +
  '<body>hush</body></message></forwarded></message>';

let work: Workspace;
let server: FakeServer;
let daemons: Process[];
beforeEach(async () => {
  work = new Workspace();
  server = new FakeServer();
  await server.start();
  work.configure(server.port, 'http: {listen: "127.0.0.1:0"}\n');
  daemons = [];
});
afterEach(async () => {
  for (const daemon of daemons) daemon.child.kill('SIGKILL');
  await Promise.all(daemons.map(daemon => daemon.ended()));
  await server.stop();
  work.remove();
});

function start(): Process {
  const daemon = new Process(['run', '-c', work.config]);
  daemons.push(daemon);
  return daemon;
}

/** A daemon that is connected, and where it serves http. */
async function startOnline(): Promise<{ daemon: Process; url: string }> {
  const daemon = start();
  const [[, url = '']] = await Promise.all([daemon.said(/metrics at (\S+)/), daemon.said(/connected to/)]);
  return { daemon, url };
}

describe('an end by a signal', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal}: 0, and what came before it is committed`, async () => {
      const { daemon } = await startOnline();
      await server.write(COPY + COPY.replace('a1', 'a2'));
      // its answer shows that the copies before it were read
      const answer = server.element(element => element.attrs.id === 'p1');
      await server.write(
        "<iq type='get' from='example.org' to='respool.example.org' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>",
      );
      await answer;
      const began = performance.now();
      daemon.child.kill(signal);
      const { code, stderr } = await daemon.ended();
      assert.equal(code, 0, stderr);
      assert.ok(performance.now() - began < 5_000);
      assert.match(stderr, new RegExp(`${signal}: ending\n$`));
      assert.doesNotMatch(stderr, /hush|secret/);
      const { stdout } = await respool(['queue', 'list', '--json', '-c', work.config]);
      const ids = JSON.parse(stdout).map(({ stanza_id }: { stanza_id: string }) => stanza_id);
      assert.deepEqual(ids, ['a1', 'a2']);
    });
  }

  test('also while the server is away', async () => {
    await server.stop();
    const daemon = start();
    await daemon.said(/not connected: .*ECONNREFUSED/);
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
    await server.start();
  });

  test('also while the server has stopped answering', async () => {
    const { daemon } = await startOnline();
    server.silent = true;
    server.pause();
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
  });
});

describe('an end by a failure: 1, and one line that says what to do', () => {
  test('a wrong secret', async () => {
    server.secret = 'another';
    const { code, stderr } = await start().ended();
    assert.equal(code, 1);
    assert.match(stderr, /error: ejabberd refused the secret .* make component\.secret equal [^\n]*\n$/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  test('a spool that another daemon has', async () => {
    const { daemon } = await startOnline();
    const { code, stderr } = await start().ended();
    assert.equal(code, 1);
    assert.match(stderr, /error: another respool is running on \S+spool\.db; stop it first[^\n]*\n$/);
    assert.equal(daemon.child.exitCode, null);
  });

  test('a port for http that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    work.configure(server.port, `http: {listen: "127.0.0.1:${port}"}\n`);
    const { code, stderr } = await start().ended();
    other.close();
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`error: cannot serve http on 127.0.0.1:${port}: another program listens there; set`),
    );
  });
});

describe('beside a running daemon', () => {
  test("devices forget asks the daemon, whose socket is its owner's alone", async () => {
    await startOnline();
    const socket = `${work.spool}.sock`;
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    const none = await respool(['devices', 'forget', 'romeo@example.org', 'phone', '-c', work.config]);
    assert.deepEqual([none.code, none.stdout], [1, 'romeo@example.org/phone is no known device\n']);
  });

  test('queue, devices and stats read what it has written', async () => {
    const { daemon, url } = await startOnline();
    await server.write(COPY);
    await until('/metrics counts it as pending', async () =>
      /^respool_pending 1$/m.test(await (await fetch(`${url}/metrics`)).text()),
    );
    const { stdout } = await respool(['queue', 'list', 'romeo@example.org', '-c', work.config]);
    assert.match(stdout, /romeo@example\.org .*\n1 pending, \d+ B\n$/);
    const stats = JSON.parse((await respool(['stats', '--json', '-c', work.config])).stdout);
    assert.deepEqual([stats.running, stats.connected, stats.pending], [true, true, 1]);
    assert.equal(daemon.child.exitCode, null);
  });

  test('/healthz follows the connection', async () => {
    const { url } = await startOnline();
    const healthy = await fetch(`${url}/healthz`);
    assert.deepEqual([healthy.status, await healthy.text()], [200, 'ok\n']);
    const daemon = daemons[0] as Process;
    await server.stop();
    await daemon.said(/warning: not connected/);
    const ill = await fetch(`${url}/healthz`);
    assert.equal(ill.status, 503);
    assert.match(await ill.text(), /^not connected to ejabberd: /);
    await server.start();
  });
});
