import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { ENTRY } from '../../src/cli/paths.js';
import { DaemonLine } from '../../src/control/daemon-line.js';
import { takeOver } from '../../src/take-over/ask.js';
import { copy, Daemons } from '../cli/daemons.js';
import type { Process } from '../cli/process.js';
import { QUIET as log } from '../quiet-log.js';

describe('what goes wrong leaves the running one as it was', () => {
  const daemons = new Daemons();
  const { work, server } = daemons;
  let daemon: Process;
  before(async () => {
    await daemons.open();
    daemon = await daemons.online();
  });
  after(() => daemons.close());

  const written: string[] = [];
  afterEach(async () => {
    const last = `after ${written.length}`;
    written.push(last);
    await server.write(copy(last));
    await daemons.read();
    assert.deepEqual(await daemons.pending(last), written);
    assert.equal(server.connections, 1);
    assert.equal(daemon.child.exitCode, null);
  });

  const ask = async (node: string, launcher: string) => {
    const line = await DaemonLine.open(`${work.spool}.sock`);
    return line?.ask('take-over', { node, launcher }).finally(() => line.close());
  };

  test('a new version that does not start', () =>
    assert.rejects(
      ask(process.execPath, `${work.folder}/none`),
      /the new respool cannot take over: it ended with code 1/,
    ));

  test('node that is not there', () =>
    assert.rejects(ask(`${work.folder}/node`, ''), /cannot take over: spawn \S+ ENOENT/));

  test('a spool that the new version cannot read', async () => {
    const version = setSchema(9_999);
    try {
      await assert.rejects(takeOver(work.spool, ENTRY, log), /cannot take over: it ended with code 1/);
    } finally {
      setSchema(version);
    }
    await daemon.said(/was written by a newer respool \(schema 9999/);
  });

  test('another component.domain: the command ends with 1', async () => {
    const text = `component: {port: ${server.port}, domain: other.example.org, secret: secret}\n`;
    writeFileSync(work.config, `${text}hosts: [example.org]\nspool: {path: spool.db}\nhttp: false\n`);
    const { code, stderr } = await daemons.run('--take-over').ended();
    work.configure(server.port);
    assert.equal(code, 1);
    assert.match(stderr, /another component\.domain: restart respool for that/);
  });

  /** Marks the spool as one of another version. Returns what it was. */
  function setSchema(version: number): number {
    const db = new Database(work.spool);
    const before = db.pragma('user_version', { simple: true }) as number;
    db.pragma(`user_version = ${version}`);
    db.close();
    return before;
  }
});

test('without a connection to ejabberd there is nothing to take over', async () => {
  const daemons = new Daemons();
  try {
    await daemons.open();
    const daemon = await daemons.online();
    await daemons.server.stop();
    await daemon.said(/not connected: /);
    await assert.rejects(
      takeOver(daemons.work.spool, ENTRY, log),
      /not connected to ejabberd: .*; restart respool instead/,
    );
    await daemons.server.start();
  } finally {
    await daemons.close();
  }
});
