import assert from 'node:assert/strict';
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { CHECK, checkOf, relevant } from '../cli/checked.js';
import { Process, respool } from '../cli/process.js';
import { Workspace } from '../cli/workspace.js';
import { until } from '../wait.js';
import { FakeServer } from '../xmpp/fake-server.js';

/** Nobody on this machine. */
const OTHER_USER = 64_321;

const COPY =
  "<message from='example.org' to='respool.example.org'><forwarded xmlns='urn:xmpp:forward:0'>" +
  "<presence xmlns='jabber:client' from='romeo@example.org/phone' to='juliet@example.org'/></forwarded></message>";
/** Does the daemon say in the spool that it is connected? It logs that a moment before. */
function connected(spool: string): boolean {
  const reader = SpoolReader.open(spool);
  try {
    return reader.stats().connected;
  } finally {
    reader.close();
  }
}

describe('check beside a daemon', () => {
  let work: Workspace;
  let server: FakeServer;
  const check = (...args: string[]) => checkOf(work.config, ...args);
  let daemon: Process;
  beforeEach(async () => {
    work = new Workspace();
    server = new FakeServer();
    await server.start();
    work.configure(server.port);
    daemon = new Process(['run', '-c', work.config]);
    await daemon.said(/connected to/);
    await until('the spool says so too', () => connected(work.spool));
  });
  afterEach(async () => {
    daemon.child.kill('SIGKILL');
    await daemon.ended();
    await server.stop();
    work.remove();
  });

  test('its word is taken, and no second component connects', async () => {
    await server.write(COPY);
    let checked = await check();
    await until('the check sees the copy', async () => {
      if (checked.levels.at(-1) !== 'copies ok') checked = await check();
      return checked.levels.at(-1) === 'copies ok';
    });
    const daemonThere = ['config ok', ...Array(5).fill('spool ok'), 'config ok', 'connection ok'];
    assert.deepEqual(checked.levels, [
      ...daemonThere,
      'sending skipped',
      'vhosts ok',
      'version ok',
      'sources warning',
      'copies ok',
    ]);
    assert.match(checked.texts['sources warning'] ?? '', /mod_service_log alone.*mod_push_offline/);
    assert.equal(checked.code, 0);
    assert.equal(server.connections, 1);
  });

  test('that has other values than the file: which, what to do, and the values of the file are tested', async () => {
    assert.match((await check()).texts['config ok'] ?? '', /process \d+\) has the values of the file/);
    work.configure(1, 'http: false\nreplay: {settle: 7s}\nadmins: [a@example.org]\n');
    const { code, texts, levels } = await check();
    assert.match(
      texts['config warning'] ?? '',
      /has other values than \S+: component\.port, admins, replay\.settle;.*reload respool has it take over replay\.settle; .*restart respool has it take over component\.port, admins/,
    );
    assert.ok(levels.includes('connection ok'), 'the running one is connected');
    assert.match(texts['connection error'] ?? '', /nothing listens on 127\.0\.0\.1:1 /);
    assert.equal(code, 1);
    assert.equal(server.connections, 1);
  });

  test('whose secret is another one: neither is shown, and it is not tested', async () => {
    writeFileSync(
      work.config,
      readFileSync(work.config, 'utf8').replace('secret: secret', 'secret: hush-hush'),
    );
    const { code, stdout } = await respool(['check', '--no-ejabberd', '--wait', '0s', '-c', work.config]);
    assert.match(stdout, /^warning {2}config .* has other values than \S+: component\.secret;/m);
    assert.match(stdout, /^skipped {2}connection {2}the secret of the file was not tested/m);
    assert.doesNotMatch(stdout, /hush-hush/);
    assert.equal(code, 0);
    assert.equal(server.connections, 1);
  });

  test('that has another name than the file: the name of the file is tried, as nobody has it', async () => {
    const text = readFileSync(work.config, 'utf8').replace('respool.example.org', 'other.example.org');
    writeFileSync(work.config, text);
    const { levels, texts } = await check();
    assert.deepEqual(
      levels.filter(one => one.startsWith('connection')),
      ['connection ok', 'connection ok'],
    );
    assert.match(texts['connection ok'] ?? '', /as other\.example\.org: the secret is right/);
    assert.equal(server.connections, 2);
  });

  test('whose spool cannot be read: nothing connects, for that would take copies from it', {
    skip: process.getuid?.() !== 0,
  }, async () => {
    chmodSync(work.folder, 0o755);
    chownSync(work.config, OTHER_USER, OTHER_USER);
    const checking = new Process([...CHECK, '-c', work.config], {}, OTHER_USER);
    const { code, stdout, stderr } = await checking.ended();
    const { levels, texts } = relevant(JSON.parse(stdout));
    assert.match(
      texts['connection skipped'] ?? '',
      /^nothing was tested over a connection: a daemon may run/,
      stderr,
    );
    assert.match(texts['spool error'] ?? '', /cannot be/);
    assert.ok(!levels.some(level => level.startsWith('sending')));
    assert.deepEqual([code, server.connections], [1, 1]);
  });

  test('that is not connected: 1', async () => {
    await server.stop();
    await daemon.said(/not connected/);
    let checked = await check();
    // what it says it also writes, a moment later
    await until('the check fails', async () => {
      if (checked.code === 0) checked = await check();
      return checked.code !== 0;
    });
    assert.match(checked.texts['connection error'] ?? '', /running daemon is not connected/);
    await server.start();
  });
});
