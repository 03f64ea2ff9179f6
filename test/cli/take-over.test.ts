import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { ControlError, DaemonLine } from '../../src/control/daemon-line.js';
import { takeOver } from '../../src/take-over/ask.js';
import { FakeServer } from '../xmpp/fake-server.js';
import { Process, respool } from './process.js';
import { Workspace } from './workspace.js';

const copy = (id: string) =>
  "<message from='example.org' to='respool.example.org'><forwarded xmlns='urn:xmpp:forward:0'>" +
  `<message xmlns='jabber:client' from='juliet@example.org/balcony' to='romeo@example.org' type='chat' id='${id}'>` +
  '<body>hush</body></message></forwarded></message>';
const PING =
  "<iq type='get' from='example.org' to='respool.example.org' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>";

let work: Workspace;
let server: FakeServer;
let processes: Process[];
beforeEach(async () => {
  work = new Workspace();
  server = new FakeServer();
  await server.start();
  work.configure(server.port);
  processes = [];
});
afterEach(async () => {
  for (const { child } of processes) child.kill('SIGTERM');
  await Promise.all(processes.map(one => one.ended()));
  await server.stop();
  work.remove();
});

function run(...args: string[]): Process {
  const started = new Process(['run', ...args, '-c', work.config]);
  processes.push(started);
  return started;
}

async function online(...args: string[]): Promise<Process> {
  const daemon = run(...args);
  await daemon.said(/connected to/);
  return daemon;
}

/** Waits until the component has read what was written before. */
async function read(): Promise<void> {
  const answer = server.element(element => element.attrs.id === 'p1');
  await server.write(PING);
  await answer;
}

async function pending(): Promise<string[]> {
  const { stdout } = await respool(['queue', 'list', '--json', '-c', work.config]);
  return JSON.parse(stdout).map(({ stanza_id }: { stanza_id: string }) => stanza_id);
}

describe('run --take-over', () => {
  test('one connection for both; what came before, meanwhile and after is in the spool', async () => {
    const daemon = await online();
    await server.write(copy('before'));
    await read();
    const command = run('--take-over');
    let meanwhile = 0;
    for (let over = false; !over; meanwhile++) {
      await server.write(copy(`m${meanwhile}`));
      over = await Promise.race([command.ended().then(() => true), turn()]);
    }
    assert.equal((await command.ended()).code, 0, command.stderr);
    await server.write(copy('after'));
    await read();
    assert.equal(server.connections, 1);
    const ids = Array.from({ length: meanwhile }, (_, n) => `m${n}`);
    assert.deepEqual(await pending(), ['before', ...ids, 'after']);
    assert.equal(daemon.child.exitCode, null, 'it stays for its supervisor');
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
  });

  test('signals to the first process reach the last of several', async () => {
    const daemon = await online();
    for (let n = 0; n < 2; n++) assert.equal((await run('--take-over').ended()).code, 0);
    daemon.child.kill('SIGHUP');
    await daemon.said(/SIGHUP: \S+ says what it said before/);
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
    assert.match(daemon.stderr, /SIGINT: ending\n$/);
    const free = await online(); // nobody has the spool any more
    assert.equal(free.child.exitCode, null);
  });

  test('a SIGTERM to all processes at once, as by systemd, cuts nothing short', async () => {
    const daemon = await online();
    const { stderr } = await run('--take-over').ended();
    const pid = Number(/process (\d+)\) has taken over/.exec(stderr)?.[1]);
    await server.write(copy('a'));
    await read();
    process.kill(pid, 'SIGTERM');
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0, daemon.stderr);
    const last = work.read("SELECT value FROM counter WHERE name = 'connected'");
    assert.deepEqual(last, [{ value: 0 }], 'its last words are committed');
  });

  test('no respool runs: it says so, and starts', async () => {
    const daemon = await online('--take-over');
    assert.match(
      daemon.stderr,
      /no respool runs on \S+spool\.db, so there is nothing to take over: starting/,
    );
  });
});

describe('what goes wrong leaves the running one as it was', () => {
  async function refused(message: RegExp, ask: () => Promise<unknown>): Promise<void> {
    const daemon = await online();
    await assert.rejects(ask(), message);
    await server.write(copy('after'));
    await read();
    assert.deepEqual(await pending(), ['after']);
    assert.equal(server.connections, 1);
    assert.equal(daemon.child.exitCode, null);
  }

  const ask = async (launcher: string) => {
    const line = await DaemonLine.open(`${work.spool}.sock`);
    return line?.ask('take-over', { node: process.execPath, launcher }).finally(() => line.close());
  };

  test('a new version that does not start', () =>
    refused(/the new respool cannot take over: it ended with code 1/, () => ask(`${work.folder}/none`)));

  test('node that is not there', () =>
    refused(/cannot take over: spawn \S+ ENOENT/, async () => {
      const line = await DaemonLine.open(`${work.spool}.sock`);
      return line
        ?.ask('take-over', { node: `${work.folder}/node`, launcher: '' })
        .finally(() => line.close());
    }));

  test('a spool that the new version cannot read', () =>
    refused(/cannot take over: it ended with code 1/, async () => {
      const version = setSchema(9_999);
      const { code, stderr } = await run('--take-over').ended();
      setSchema(version);
      assert.equal(code, 1);
      assert.match(processes[0]?.stderr ?? '', /was written by a newer respool \(schema 9999/);
      throw new Error(stderr);
    }));

  test('another component.domain', () =>
    refused(/another component\.domain: restart respool for that/, async () => {
      const text = `component: {port: ${server.port}, domain: other.example.org, secret: secret}\n`;
      writeFileSync(work.config, `${text}hosts: [example.org]\nspool: {path: spool.db}\nhttp: false\n`);
      const { code, stderr } = await run('--take-over').ended();
      work.configure(server.port);
      assert.equal(code, 1);
      throw new Error(stderr);
    }));

  test('no connection to ejabberd', async () => {
    const daemon = await online();
    await server.stop();
    await daemon.said(/not connected: /);
    const { code, stderr } = await run('--take-over').ended();
    await server.start();
    assert.equal(code, 1);
    assert.match(stderr, /not connected to ejabberd: .*; restart respool instead/);
  });
});

describe('where nobody can go on, it is said', () => {
  test('a failure after the old one has left: both have ended, each with a failure', async () => {
    const daemon = await online();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    work.configure(server.port, `http: {listen: "127.0.0.1:${(other.address() as AddressInfo).port}"}\n`);
    const { code, stderr } = await run('--take-over').ended();
    const kept = await daemon.ended();
    other.close();
    assert.equal(kept.code, 1, 'so that its supervisor sees it');
    assert.match(kept.stderr, /error: cannot serve http on \S+: another program listens there/);
    // it may have served for a moment
    if (code === 1) assert.match(stderr, /no respool runs now/);
  });

  let fake: Server | undefined;
  afterEach(() => fake?.close());
  /** A daemon that does only this with what it is asked. */
  async function pretend(answer: string | null): Promise<void> {
    fake = createServer(socket => {
      socket.on('error', () => undefined);
      socket.on('data', () => answer !== null && socket.write(`${answer}\n`));
    });
    await new Promise<void>(resolve => fake?.listen(`${work.spool}.sock`, resolve));
  }
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

  test('an older version, which cannot hand over', async () => {
    await pretend('{"error":"this is not a request that this respool knows"}');
    await assert.rejects(takeOver(work.spool, '', log), (error: Error) => {
      assert.ok(error instanceof ControlError);
      assert.match(error.message, /The running respool cannot hand over: restart it instead/);
      return true;
    });
  });

  test('one that hangs', async () => {
    await pretend(null);
    const patience = { about: 50, leave: 50, begin: 50 };
    await assert.rejects(takeOver(work.spool, '', log, patience), /it does not answer \(waited 0\.05 s\)/);
  });

  test('one that answers, and then hangs', async () => {
    let asked = 0;
    fake = createServer(socket =>
      socket.on('data', () => asked++ === 0 && socket.write('{"reply":{"pid":1,"version":"1"}}\n')),
    );
    await new Promise<void>(resolve => fake?.listen(`${work.spool}.sock`, resolve));
    const patience = { about: 5_000, leave: 50, begin: 50 };
    await assert.rejects(
      takeOver(work.spool, '', log, patience),
      /has not handed over; .* restart it instead/,
    );
  });
});

/** Marks the spool as one of another version. Returns what it was. */
function setSchema(version: number): number {
  const db = new Database(work.spool);
  const before = db.pragma('user_version', { simple: true }) as number;
  db.pragma(`user_version = ${version}`);
  db.close();
  return before;
}

/** Time for the processes. */
function turn(): Promise<false> {
  return new Promise(resolve => setTimeout(() => resolve(false), 5));
}
