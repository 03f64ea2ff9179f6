import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { copy } from '../cli/daemons.js';
import { Process, respool } from '../cli/process.js';
import { Disk } from '../faults/disk.js';
import { until } from '../wait.js';
import { FakeServer } from '../xmpp/fake-server.js';

let disk: Disk;
let server: FakeServer;
let config: string;
let daemon: Process | undefined;
beforeEach(async () => {
  disk = new Disk();
  assert.ok(disk.isSmall, 'this test needs a root that may mount');
  server = new FakeServer();
  await server.start();
  config = join(disk.folder, 'respool.yml');
  const component = `component: {port: ${server.port}, domain: respool.example.org, secret: secret}\n`;
  writeFileSync(config, `${component}spool: {path: spool.db}\nhttp: {listen: "127.0.0.1:0"}\n`, {
    mode: 0o600,
  });
});
afterEach(async () => {
  daemon?.child.kill('SIGTERM');
  await daemon?.ended();
  await server.stop();
  disk.dispose();
});

/** Starts it on a disk that does not take anything. Returns where it serves http. */
async function startInVain(why: RegExp): Promise<string> {
  daemon = new Process(['run', '-c', config]);
  const [[, url = '']] = await Promise.all([daemon.said(/metrics at (\S+)/), daemon.said(why)]);
  const healthz = await fetch(`${url}/healthz`);
  assert.equal(healthz.status, 503);
  assert.match(await healthz.text(), /spool\.db\S* cannot be written/);
  return url;
}

/** It does its work. */
async function works(url: string): Promise<void> {
  await daemon?.said(/connected to/);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
}

describe('a disk that is filled while respool runs', { skip: process.getuid?.() !== 0 }, () => {
  test('/metrics tells the truth about it: the spool fails, what comes waits, and there is a connection', async () => {
    daemon = new Process(['run', '-c', config]);
    const [[, url = '']] = await Promise.all([daemon.said(/metrics at (\S+)/), daemon.said(/connected to/)]);
    const metric = async (name: string) => {
      const body = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1]);
    };
    assert.deepEqual([await metric('respool_spool_failing'), await metric('respool_connected')], [0, 1]);
    disk.fill();
    const long = copy('a1').replace('hush', 'x'.repeat(100_000));
    for (let sent = 0; sent < 20; sent++) await server.write(long.replace('a1', `a${sent}`));
    await daemon.said(/the spool cannot be written/);
    assert.equal(await metric('respool_spool_failing'), 1);
    await until('what came waits', async () => (await metric('respool_backlog_bytes')) > 100_000);
    await server.stop();
    await daemon.said(/warning: not connected/);
    assert.equal(await metric('respool_connected'), 0, 'though the spool says otherwise');
    disk.free();
    await daemon.said(/the spool can be written again/);
    await until('nothing waits', async () => (await metric('respool_backlog_bytes')) === 0);
    assert.equal(await metric('respool_spool_failing'), 0);
  });
});

describe('a disk at the start that is', { skip: process.getuid?.() !== 0 }, () => {
  test('full is an error line, and respool starts once there is room', async () => {
    disk.fill();
    const url = await startInVain(
      /error: \S+spool\.db\S* cannot be written .*its disk is full.*; trying again/,
    );
    disk.free();
    await works(url);
  });

  test('read-only is one too', async () => {
    const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, disk.folder]);
    remount('ro');
    const url = await startInVain(
      /error: \S+spool\.db\S* cannot be written .*its disk is read-only.*; trying again/,
    );
    remount('rw');
    await works(url);
  });

  test('full can be ended meanwhile', async () => {
    disk.fill();
    await startInVain(/trying again/);
    daemon?.child.kill('SIGTERM');
    assert.equal((await daemon?.ended())?.code, 0);
  });

  test('of another daemon is no such thing: that ends with 1', async () => {
    daemon = new Process(['run', '-c', config]);
    await daemon.said(/connected to/);
    const { code, stderr } = await new Process(['run', '-c', config]).ended();
    assert.deepEqual([code, /another respool is running/.test(stderr)], [1, true]);
    assert.equal((await respool(['queue', 'list', '-c', config])).code, 0);
  });
});
