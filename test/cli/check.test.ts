import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Finding } from '../../src/cli/check/finding.js';
import { unreachable } from '../../src/cli/check/wire.js';
import { FakeServer } from '../xmpp/fake-server.js';
import { checkOf } from './checked.js';
import { respool } from './process.js';
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

const check = (...args: string[]) => checkOf(work.config, ...args);

const WIRE_OK = ['connection ok', 'sending ok', 'vhosts ok', 'version ok'];
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
    const { code, stdout } = await respool(['check', '--no-ejabberd', '--wait', '0s', '-c', work.config]);
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    const counts = /^(\d+) ok, 1 warning(?:, (\d+) skipped)?$/.exec(lines.at(-1) ?? '');
    assert.ok(counts !== null, lines.at(-1));
    assert.equal(lines.length - 1, Number(counts[1]) + 1 + Number(counts[2] ?? 0));
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

  test('a vhost that ejabberd does not serve, and one that it does', async () => {
    work.configure(server.port, 'http: false\nhosts: [example.org, example.net]\n');
    server.strangers.add('example.net');
    const { code, texts } = await check();
    assert.equal(texts['vhosts ok'], 'ejabberd serves example.org');
    assert.match(
      texts['vhosts error'] ?? '',
      /does not serve example\.net \(it says remote-server-not-found\)/,
    );
    assert.equal(code, 1);
  });

  test('the defects of the running version, by its own word', async () => {
    for (const [version, level, says] of [
      ['24.06', 'warning', /ejabberd 24\.06: a login with SASL2 and Bind2 deletes the offline queue/],
      ['23.01-1', 'ok', /ejabberd 23\.01-1: no defect/],
      ['24.12.7', 'ok', /no defect/],
    ] as const) {
      server.version = ['ejabberd', version];
      const { texts } = await check();
      assert.match(texts[`version ${level}`] ?? '', says);
    }
    server.version = null;
    assert.match((await check()).texts['version skipped'] ?? '', /mod_version is off/);
  });

  test('what a server says is shown without its control characters', async () => {
    server.version = ['ejabberd', '24.02 \u0085 \u202e'];
    const { stdout } = await respool(['check', '--no-ejabberd', '--wait', '0s', '-c', work.config]);
    assert.match(stdout, /ejabberd 24\.02 \\u\{85\} \\u\{202e\}/);
  });

  test('ejabberd.yml is reviewed where it is named: 1, with what it means and what to do', async () => {
    const file = join(work.folder, 'ejabberd.yml');
    writeFileSync(file, 'hosts: [example.org]\nmodules: {mod_offline: {}}\n');
    const { code, stdout } = await respool([
      'check',
      '--json',
      '--wait',
      '0s',
      '--ejabberd',
      file,
      '-c',
      work.config,
    ]);
    const found: Finding[] = JSON.parse(stdout).filter(({ check }: Finding) => check === 'ejabberd');
    assert.equal(code, 1);
    assert.deepEqual(found[1], {
      check: 'ejabberd',
      level: 'error',
      text: 'there is no ejabberd_service listener',
      means: 'ejabberd lets respool connect at the moment, but not by what this file says',
      remedy: `add to listen: {port: ${server.port}, ip: "127.0.0.1", module: ejabberd_service, check_from: false, hosts: {respool.example.org: {password: …}}}`,
    });
    const none = await respool(['check', '--wait', '0s', '--ejabberd', `${file}.none`, '-c', work.config]);
    assert.match(
      none.stdout,
      /^error +ejabberd +\S+\.none cannot be read \(there is no such file\); To do: correct it/m,
    );
  });

  test('a wrong secret', async () => {
    server.secret = 'another';
    const { code, levels, texts } = await check();
    assert.deepEqual(levels, [...FRESH, 'connection error', 'connection skipped']);
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
    assert.deepEqual(well.levels.slice(0, 5), ['config ok', 'spool ok', 'spool ok', 'spool ok', 'spool ok']);
    writeFileSync(work.spool, 'x'.repeat(5_000));
    const ill = await check();
    assert.match(ill.texts['spool error'] ?? '', /is damaged .*respool salvage makes of it/);
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

test('why there was no connection, with its place and what to do', () => {
  const at = '127.0.0.1:5347';
  const said = (reason: string) => Object.values(unreachable(reason, at)).slice(2).join('; ');
  assert.match(said('no answer to the handshake within 5000 ms'), /^127\.0\.0\.1:5347: .* the port of/);
  assert.match(said('connect ECONNREFUSED 127.0.0.1:5347'), /^nothing listens on .* reload_config/);
  assert.equal(said(`the secret for ${at} is wrong`), `the secret for ${at} is wrong`);
  assert.equal(said('connect EHOSTUNREACH'), `${at}: connect EHOSTUNREACH`);
});
