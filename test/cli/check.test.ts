import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { unreachable } from '../../src/cli/check/wire.js';
import { FakeServer } from '../xmpp/fake-server.js';
import { Process, respool } from './process.js';
import { Workspace } from './workspace.js';

const copyFrom = (vhost: string) =>
  `<message from='${vhost}' to='respool.example.org'><forwarded xmlns='urn:xmpp:forward:0'>` +
  `<presence xmlns='jabber:client' from='romeo@${vhost}/phone' to='juliet@${vhost}'/></forwarded></message>`;

let work: Workspace;
let server: FakeServer;
beforeEach(async () => {
  work = new Workspace();
  server = new FakeServer();
  await server.start();
  work.configure(server.port);
});
afterEach(async () => {
  await server.stop();
  work.remove();
});

interface Checked {
  code: number | null;
  /** `check level`, in order. */
  levels: string[];
  texts: Record<string, string>;
}

async function check(...args: string[]): Promise<Checked> {
  const { code, stdout, stderr } = await respool([
    'check',
    '--json',
    '--wait',
    '50ms',
    ...args,
    '-c',
    work.config,
  ]);
  assert.equal(stderr, '');
  const findings: { check: string; level: string; text: string }[] = JSON.parse(stdout);
  return {
    code,
    levels: findings.map(({ check, level }) => `${check} ${level}`),
    texts: Object.fromEntries(findings.map(({ check, level, text }) => [`${check} ${level}`, text])),
  };
}

const WIRE_OK = ['connection ok', 'sending ok'];
const FRESH = ['config ok', 'spool ok', 'spool ok'];

describe('without a daemon', () => {
  test('all is well: 0, and nothing is left behind', async () => {
    server.on('online', () => server.write(copyFrom('example.org')));
    const { code, levels } = await check('--wait', '10s');
    assert.deepEqual(levels, [...FRESH, ...WIRE_OK, 'copies ok']);
    assert.equal(code, 0);
    assert.equal(existsSync(work.spool), false);
  });

  test('as lines for a reader', async () => {
    const { code, stdout } = await respool(['check', '--wait', '0s', '-c', work.config]);
    assert.equal(code, 0);
    assert.equal(stdout.trimEnd().split('\n').length, 6);
    assert.match(stdout, /^ok {7}sending {5}check_from: false is set/m);
    assert.doesNotMatch(stdout, /secret: secret/);
  });

  test('no copy: a warning that says how to test', async () => {
    const { code, levels, texts } = await check();
    assert.deepEqual(levels.slice(-1), ['copies warning']);
    assert.match(
      texts['copies warning'] ?? '',
      /log in with any client.* \{loggers: \[respool\.example\.org\]/,
    );
    assert.equal(code, 0);
  });

  test('copies of a vhost that is not served: its name', async () => {
    server.on('online', () => server.write(copyFrom('other.example')));
    assert.match(
      (await check()).texts['copies warning'] ?? '',
      /from other\.example only, .* not under hosts/,
    );
  });

  test('a wrong secret', async () => {
    server.secret = 'another';
    const { code, levels, texts } = await check();
    assert.deepEqual(levels, [...FRESH, 'connection error']);
    assert.match(texts['connection error'] ?? '', /refused the secret .* component\.secret/);
    assert.equal(code, 1);
  });

  test('nobody listens', async () => {
    await server.stop();
    const { code, texts } = await check();
    assert.match(texts['connection error'] ?? '', /nothing listens on 127\.0\.0\.1:\d+ .*ejabberd_service/);
    assert.equal(code, 1);
    await server.start();
  });

  test('check_from: true ends the stream', async () => {
    server.on('element', () => server.streamError('invalid-from'));
    server.on('online', () => {
      server.silent = true; // else it would route the stanza back first
    });
    const { code, texts } = await check();
    assert.match(texts['sending error'] ?? '', /check_from: false in the ejabberd_service listener/);
    assert.equal(code, 1);
  });

  test('a wrong config is 2, with every problem', async () => {
    work.configure(server.port, 'http: false\nsettle: 2s\nspol: 1\n');
    const { code, levels, texts } = await check();
    assert.deepEqual(levels, ['config error', 'config error']);
    assert.match(texts['config error'] ?? '', /line 5, column 1: spol: unknown key; did you mean spool\?/);
    assert.equal(code, 2);
    assert.equal(server.connections, 0);
  });

  test('a config that others can read: a warning', async () => {
    chmodSync(work.config, 0o644);
    const { code, texts } = await check();
    assert.match(texts['config warning'] ?? '', /chmod 600/);
    assert.equal(code, 0);
  });

  test('a spool that is there and well, and one that is no spool', async () => {
    work.fill(() => undefined);
    const well = await check();
    assert.deepEqual(well.levels.slice(0, 4), ['config ok', 'spool ok', 'spool ok', 'spool ok']);
    writeFileSync(work.spool, 'x'.repeat(5_000));
    const ill = await check();
    assert.match(ill.texts['spool error'] ?? '', /is damaged .*respool starts a new one/);
    assert.equal(ill.code, 1);
    assert.ok(ill.levels.includes('connection ok'), 'the rest is checked all the same');
  });

  test('a spool with a damaged page', async () => {
    work.fill(db => {
      db.exec('CREATE TABLE filler (x TEXT)');
      for (let row = 0; row < 200; row++) db.prepare('INSERT INTO filler VALUES (?)').run('y'.repeat(1_000));
    });
    const bytes = readFileSync(work.spool);
    bytes.fill(0x55, bytes.length - 8_192, bytes.length - 4_096);
    writeFileSync(work.spool, bytes);
    assert.match((await check()).texts['spool error'] ?? '', /is damaged/);
  });
});

describe('beside a daemon', () => {
  let daemon: Process;
  beforeEach(() => {
    daemon = new Process(['run', '-c', work.config]);
  });
  afterEach(async () => {
    daemon.child.kill('SIGKILL');
    await daemon.ended();
  });

  test('its word is taken, and no second component connects', async () => {
    await daemon.said(/connected to/);
    await server.write(copyFrom('example.org'));
    let checked = await check();
    while (checked.levels.at(-1) !== 'copies ok') {
      assert.equal(daemon.child.exitCode, null);
      checked = await check();
    }
    const daemonThere = ['config ok', 'spool ok', 'spool ok', 'spool ok', 'connection ok'];
    assert.deepEqual(checked.levels, [...daemonThere, 'sending warning', 'sources warning', 'copies ok']);
    assert.match(checked.texts['sources warning'] ?? '', /mod_service_log alone.*mod_push_offline/);
    assert.equal(checked.code, 0);
    assert.equal(server.connections, 1);
  });

  test('that is not connected: 1', async () => {
    await daemon.said(/connected to/);
    await server.stop();
    await daemon.said(/not connected/);
    let checked = await check();
    while (checked.code === 0) checked = await check(); // what it says it also writes, a moment later
    assert.match(checked.texts['connection error'] ?? '', /running daemon is not connected/);
    await server.start();
  });
});

test('why there was no connection, with its place and what to do', () => {
  const at = '127.0.0.1:5347';
  assert.match(
    unreachable('no answer to the handshake within 5000 ms', at),
    /^127\.0\.0\.1:5347: .* the port of/,
  );
  assert.match(
    unreachable('connect ECONNREFUSED 127.0.0.1:5347', at),
    /^nothing listens on .* reload_config/,
  );
  assert.equal(unreachable(`the secret for ${at} is wrong`, at), `the secret for ${at} is wrong`);
  assert.equal(unreachable('connect EHOSTUNREACH', at), `${at}: connect EHOSTUNREACH`);
});
