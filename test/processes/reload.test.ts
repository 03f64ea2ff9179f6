import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import type { Status } from '../../src/page/status.js';
import { Process } from '../cli/process.js';
import { addAccount, Workspace } from '../cli/workspace.js';
import { FakeServer } from '../xmpp/fake-server.js';

let work: Workspace;
let server: FakeServer;
let daemon: Process;
beforeEach(async () => {
  work = new Workspace();
  server = new FakeServer();
  await server.start();
  work.configure(server.port);
  daemon = new Process(['run', '-c', work.config]);
  await daemon.said(/connected to/);
});
afterEach(async () => {
  daemon.child.kill('SIGKILL');
  await daemon.ended();
  await server.stop();
  work.remove();
});

test('SIGHUP says what is in force now and what needs a restart, and the same again only when it changes', async () => {
  work.configure(server.port, 'http: false\nreplay: {settle: 1s}\nhosts: [example.net]\n');
  daemon.child.kill('SIGHUP');
  await daemon.said(/SIGHUP: now in force: replay\.settle\n/);
  await daemon.said(/SIGHUP: not in force before a restart: hosts\n/);
  work.configure(server.port, 'http: false\nreplay: {settle: 1s}\n');
  daemon.child.kill('SIGHUP');
  await daemon.said(/SIGHUP: \S+ says what it said before\n/);
  assert.equal(server.connections, 1);
});

test('a wrong config at SIGHUP: each error with its place, and respool goes on', async () => {
  writeFileSync(work.config, 'component: {domain: respool.example.org, secret: s}\nreplay: {setle: 1s}\n');
  daemon.child.kill('SIGHUP');
  await daemon.said(/line 2, column 10: replay\.setle: unknown key; did you mean settle\?/);
  await daemon.said(/SIGHUP: the config has errors; respool goes on with the one it had\n/);
  work.configure(server.port, 'http: false\nreplay: {settle: 1s}\n');
  daemon.child.kill('SIGHUP');
  await daemon.said(/SIGHUP: now in force: replay\.settle\n/);
  daemon.child.kill('SIGTERM');
  assert.equal((await daemon.ended()).code, 0);
});

test('the form and level of the log are of the next line', async () => {
  work.configure(server.port, 'http: false\nlog: {format: json}\n');
  daemon.child.kill('SIGHUP');
  const [line] = await daemon.said(/^\{.*\}\n/m);
  const { time, ...said } = JSON.parse(line);
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(said, { level: 'info', message: 'SIGHUP: now in force: log.format' });
  work.configure(server.port, 'http: false\nlog: {level: warn}\nhosts: [example.net]\n');
  daemon.child.kill('SIGHUP');
  await daemon.said(/warning: SIGHUP: not in force before a restart: hosts\n/);
  daemon.child.kill('SIGTERM');
  const { code, stderr } = await daemon.ended();
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /in force: log\.level|SIGTERM/, 'nothing of level info any more');
});

test('the first line says which version starts, and as which process', () => {
  assert.match(
    daemon.stderr,
    new RegExp(`^\\S+ respool \\d+\\.\\d+\\.\\d+ starts, as process ${daemon.child.pid}\\n`, 'm'),
  );
});

test('the status page shows the limits that are in force, and no names before a restart', async () => {
  const http = (names: boolean) => `http: {listen: "127.0.0.1:0", names: ${names}}\n`;
  work.configure(server.port, http(false));
  daemon.child.kill('SIGTERM');
  await daemon.ended();
  daemon = new Process(['run', '-c', work.config]);
  const [, url = ''] = await daemon.said(/status page, \/healthz and \/metrics at (\S+)/);
  await daemon.said(/connected to/);
  const settings = async () => {
    const status = (await (await fetch(`${url}/page/status.json`)).json()) as Status;
    return { domain: status.domain, most: status.spool?.most, limit: status.spool?.limits.maxSize };
  };
  await daemon.said(/serving/);
  work.fill(db => {
    addAccount(db, 1, 'romeo@example.org');
    db.exec('INSERT INTO account_most VALUES (1, 1)');
  });
  const before = { domain: 'respool.example.org', most: [{ account: null, messages: 1 }], limit: 1 << 20 };
  assert.deepEqual(await settings(), before);
  work.configure(server.port, http(true));
  writeFileSync(work.config, readFileSync(work.config, 'utf8').replace('max_size: 1MiB', 'max_size: 2MiB'));
  daemon.child.kill('SIGHUP');
  await daemon.said(/SIGHUP: not in force before a restart: http\.names\n/);
  assert.deepEqual(await settings(), { ...before, limit: 2 << 20 });
});
