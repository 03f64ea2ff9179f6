import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { copy, Daemons } from '../cli/daemons.js';
import { type Process, respool } from '../cli/process.js';
import { until } from '../wait.js';

const HTTP = 'http: {listen: "127.0.0.1:0"}\n';

let daemons: Daemons;
const open = async () => {
  daemons = new Daemons();
  await daemons.open(HTTP);
};
const close = () => daemons.close();

/** A daemon that is connected, and where it serves http. */
async function startOnline(): Promise<{ daemon: Process; url: string }> {
  const daemon = daemons.run();
  const [[, url = '']] = await Promise.all([daemon.said(/metrics at (\S+)/), daemon.said(/connected to/)]);
  return { daemon, url };
}

describe('an end by a signal', () => {
  beforeEach(open);
  afterEach(close);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal}: 0, and what came before it is committed`, async () => {
      const { daemon } = await startOnline();
      await daemons.server.write(copy('a1') + copy('a2'));
      await daemons.read();
      daemon.child.kill(signal);
      const { code, stderr } = await daemon.ended();
      assert.equal(code, 0, stderr);
      assert.match(stderr, new RegExp(`${signal}: ending\n$`));
      assert.doesNotMatch(stderr, /hush|secret/);
      assert.deepEqual(await daemons.pending('a2'), ['a1', 'a2']);
    });
  }

  test('also while the server is away', async () => {
    await daemons.server.stop();
    const daemon = daemons.run();
    await daemon.said(/not connected: .*ECONNREFUSED/);
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
    await daemons.server.start();
  });

  test('also while the server has stopped answering', async () => {
    const { daemon } = await startOnline();
    daemons.server.silent = true;
    daemons.server.pause();
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
  });
});

describe('an end by a failure: 1, and one line that says what to do', () => {
  beforeEach(open);
  afterEach(close);

  test('a wrong secret', async () => {
    daemons.server.secret = 'another';
    const { code, stderr } = await daemons.run().ended();
    assert.equal(code, 1);
    assert.match(stderr, /error: ejabberd refused the secret .* make component\.secret equal [^\n]*\n$/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });
});

describe('a port for http that is in use', () => {
  beforeEach(open);
  afterEach(close);

  test('is an error line, messages are kept meanwhile, and it is served once the port is free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    daemons.work.configure(daemons.server.port, `http: {listen: "127.0.0.1:${port}"}\n`);
    const daemon = await daemons.online();
    await daemon.said(
      new RegExp(
        `error: cannot serve http on 127.0.0.1:${port}: another program listens there; .*; trying again`,
      ),
    );
    await daemons.server.write(copy('a1'));
    assert.deepEqual(await daemons.pending('a1'), ['a1']);
    other.close();
    await daemon.said(/metrics at \S+/);
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
  });
});

describe('beside a running daemon', () => {
  let daemon: Process;
  let url: string;
  before(async () => {
    await open();
    ({ daemon, url } = await startOnline());
  });
  after(close);
  afterEach(() => assert.equal(daemon.child.exitCode, null));
  const beside = (...args: string[]) => respool([...args, '-c', daemons.work.config]);

  test('another one ends with 1', async () => {
    const { code, stderr } = await daemons.run().ended();
    assert.equal(code, 1);
    assert.match(stderr, /error: another respool is running on \S+spool\.db; stop it first[^\n]*\n$/);
  });

  test("devices forget asks the daemon, whose socket is its owner's alone", async () => {
    const socket = `${daemons.work.spool}.sock`;
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    const none = await beside('devices', 'forget', 'romeo@example.org', 'phone');
    assert.deepEqual([none.code, none.stdout], [1, 'romeo@example.org/phone is no known device\n']);
  });

  test('queue, devices and stats read what it has written', async () => {
    await daemons.server.write(copy('a1'));
    await until('/metrics counts it as pending', async () =>
      /^respool_pending 1$/m.test(await (await fetch(`${url}/metrics`)).text()),
    );
    const { stdout } = await beside('queue', 'list', 'romeo@example.org');
    assert.match(stdout, /romeo@example\.org .*\n1 pending, \d+ B\n$/);
    const stats = JSON.parse((await beside('stats', '--json')).stdout);
    assert.deepEqual([stats.running, stats.connected, stats.pending], [true, true, 1]);
  });

  test('/healthz follows the connection', async () => {
    const healthy = await fetch(`${url}/healthz`);
    assert.deepEqual([healthy.status, await healthy.text()], [200, 'ok\n']);
    await daemons.server.stop();
    await daemon.said(/warning: not connected/);
    const ill = await fetch(`${url}/healthz`);
    assert.equal(ill.status, 503);
    assert.match(await ill.text(), /^not connected to ejabberd: /);
    await daemons.server.start();
  });
});
