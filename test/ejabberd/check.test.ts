import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { checkDns } from '../../src/cli/check/dns.js';
import type { Finding } from '../../src/cli/check/finding.js';
import { Random } from '../bench/random.js';
import { Line } from '../faults/line.js';
import { until } from '../wait.js';
import { Client } from './client.js';
import { RespoolProcess } from './process.js';
import { type Ejabberd, startEjabberd } from './server.js';

let server: Ejabberd;
let respool: RespoolProcess;
let passwordFile: string;
before(async () => {
  server = await startEjabberd({ modules: { mod_version: {} } });
  await server.register('alice', 'bob', 'carol', 'tester');
  respool = new RespoolProcess(server);
  passwordFile = join(respool.folder, 'password');
  writeFileSync(passwordFile, 'secret\n', { mode: 0o600 });
});
after(async () => {
  await respool?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

interface Checked {
  code: number;
  findings: Finding[];
  /** `level: text` of one subject. */
  of(check: string): string[];
}

async function check(...args: string[]): Promise<Checked> {
  const { code, stdout, stderr } = await respool.outcome('check', '--json', '--wait', '100ms', ...args);
  assert.equal(stderr, '');
  const findings: Finding[] = JSON.parse(stdout);
  const of = (name: string) =>
    findings.filter(({ check }) => check === name).map(({ level, text }) => `${level}: ${text}`);
  return { code, findings, of };
}

const yml = () => join(server.folder, 'conf/ejabberd.yml');
const login = (account: string, at = `${server.ip}:${server.c2sPort}`) =>
  check('--no-ejabberd', '--login', account, '--password-file', passwordFile, '--login-at', at);

describe('respool check on a real ejabberd', () => {
  test('without a daemon: connection, check_from, vhosts, version, and the file of the running server', async () => {
    const { code, findings, of } = await check('--ejabberd', yml());
    assert.deepEqual(
      findings.filter(({ level }) => level === 'error'),
      [],
    );
    assert.equal(code, 0);
    assert.deepEqual(of('vhosts'), ['ok: ejabberd serves alpha.test']);
    assert.match(of('version').join(), /^ok: ejabberd 2\d\.\d\d/);
    assert.deepEqual(
      of('ejabberd').filter(line => !line.startsWith('ok')),
      [
        'warning: alpha.test: mod_stream_mgmt does not send again what a dead session had (resend_on_timeout)',
        'warning: alpha.test: mod_mam is off: there is no archive',
        'warning: alpha.test: mod_offline has no limit and keeps its messages in mnesia',
      ],
    );
  });

  test('a vhost that ejabberd does not serve, without a daemon and by the word of one', async () => {
    respool.configure({ hosts: ['alpha.test', 'beta.test'] as never });
    const expected = [
      'ok: ejabberd serves alpha.test',
      'error: ejabberd does not serve beta.test (it says forbidden)',
    ];
    const alone = await check('--no-ejabberd');
    assert.deepEqual([alone.code, alone.of('vhosts')], [1, expected]);
    await respool.start();
    const beside = await check('--no-ejabberd');
    assert.deepEqual([beside.code, beside.of('vhosts')], [1, expected]);
    await respool.end('SIGTERM');
    respool.configure({});
  });

  test('the packaged ejabberd.yml: what is not set up, what loses messages, and nothing else', async t => {
    const packaged = ['/usr/share/doc/ejabberd/examples/ejabberd.yml', '/etc/ejabberd/ejabberd.yml'].find(
      existsSync,
    );
    if (packaged === undefined) return t.skip('the package has brought no ejabberd.yml');
    respool.configure({ hosts: ['localhost'] as never });
    const { code, of } = await check('--ejabberd', packaged);
    respool.configure({});
    assert.equal(code, 1);
    assert.deepEqual(
      of('ejabberd').filter(line => !line.startsWith('ok')),
      [
        'error: there is no ejabberd_service listener',
        'error: localhost: mod_service_log is off',
        'warning: localhost: mod_offline keeps 100 messages for a user',
        'warning: localhost: mod_mam is off: there is no archive',
        'warning: localhost: mod_push_offline is not in this file',
      ],
    );
  });
});

test('the rule that check has to be pasted is one that ejabberd takes', async () => {
  const before = readFileSync(yml(), 'utf8');
  const { remedy = '' } = checkDns(server.domain, { is: 'somewhere', at: ['192.0.2.1'] }, null);
  const [, pasted = ''] = /in ejabberd\.yml: (.*); then/.exec(remedy) ?? [];
  const options = parse(`{${pasted}}`);
  const config = parse(before);
  const access_rules = { ...config.access_rules, ...options.access_rules };
  try {
    writeFileSync(yml(), stringify({ ...config, ...options, access_rules }));
    assert.equal(await server.call('reload_config'), 0);
    const allows = (name: string) =>
      server.evaluate(`ejabberd_s2s:allow_host(<<"${server.host}">>, <<"${name}">>)`);
    assert.deepEqual([await allows(server.domain), await allows('example.net')], ['false', 'true']);
    const { of } = await check('--ejabberd', yml());
    assert.deepEqual(of('dns'), [
      `ok: ejabberd does not look for ${server.domain} on other servers (s2s_access)`,
    ]);
  } finally {
    writeFileSync(yml(), before);
    await server.call('reload_config');
  }
});

describe('respool check --login', () => {
  before(() => respool.start());

  test('a message is lost, replayed and proved, and nothing is left behind', async () => {
    const { code, of } = await login('tester@alpha.test');
    const steps = of('login');
    assert.equal(code, 0, steps.join('\n'));
    const expected = [
      /^ok: logged in twice as tester@alpha\.test, in \d/,
      /^ok: respool saw the device, after \d/,
      /^ok: a message was lost on purpose: its connection broke; respool has kept it( and noticed)?, after \d/,
      /^ok: the message was replayed \d+m?s after the device was back \(replay\.settle is 100ms\)/,
      /^ok: the device proved that it has the message, \d+m?s later; it has left the spool/,
    ];
    assert.equal(steps.length, expected.length);
    for (const [at, pattern] of expected.entries()) assert.match(steps[at] ?? '', pattern);
    assert.deepEqual(JSON.parse(await respool.command('devices', 'tester@alpha.test', '--json')), []);
    assert.deepEqual(JSON.parse(await respool.command('queue', 'list', '--json')), []);
    const tester = await Client.at(server, 'tester/phone');
    await tester.flush();
    assert.deepEqual(tester.messages, [], 'nothing in the offline queue either');
    await tester.close();
  });

  test('what it has proved comes first, and a file that denies it is no error', async () => {
    const config = parse(readFileSync(yml(), 'utf8'));
    const other = join(respool.folder, 'other.yml');
    delete config.modules.mod_service_log;
    for (const listener of config.listen) delete listener.check_from;
    writeFileSync(other, stringify(config));
    const at = `${server.ip}:${server.c2sPort}`;
    const options = ['--login', 'tester@alpha.test', '--password-file', passwordFile, '--login-at', at];
    const { code, findings, of } = await check('--ejabberd', other, ...options);
    assert.equal(code, 0, JSON.stringify(findings.filter(({ level }) => level === 'error')));
    const subjects = findings.map(({ check }) => check);
    assert.ok(subjects.indexOf('login') < subjects.indexOf('connection'));
    assert.match(of('sending').join(), /^ok: \d+ messages? w[a-z]+ replayed/);
    assert.match(of('copies').join(), /^ok: the last copy came/);
    const denied = of('ejabberd').filter(line => line.includes('by this file'));
    assert.deepEqual(denied, [
      `warning: by this file: the ejabberd_service listener on port ${server.componentPort} has no check_from: false`,
      'warning: alpha.test: by this file: mod_service_log is off',
    ]);
    const alone = await check('--ejabberd', other);
    assert.equal(alone.code, 1, 'without a login they are errors');
  });

  test('an account for which something waits is left alone', async () => {
    const alice = await Client.at(server, 'alice/pc');
    alice.message('bob@alpha.test', 'for bob himself');
    await alice.flush();
    const waits = async () => JSON.parse(await respool.command('queue', 'list', 'bob@alpha.test', '--json'));
    await until('a message for bob is pending', async () => (await waits()).length > 0);
    const { code, of } = await login('bob@alpha.test');
    assert.deepEqual([code, of('login')], [1, ['error: something is pending for bob@alpha.test']]);
    const bob = await Client.at(server, 'bob/phone');
    assert.deepEqual(await bob.bodies(1), ['for bob himself']);
    await Promise.all([alice.close(), bob.close()]);
  });

  test('a check that is interrupted leaves nothing behind', async t => {
    await respool.end('SIGTERM');
    const line = new Line({ ip: server.ip, port: server.componentPort }, new Random(1), () => undefined);
    await line.listen();
    t.after(() => line.close());
    const replay = { settle: '60s', proof_after: '200ms' };
    await using behind = new RespoolProcess(server, replay, { port: line.port });
    await behind.start();
    const at = `${server.ip}:${server.c2sPort}`;
    const options = ['--no-ejabberd', '--login', 'carol@alpha.test', '--password-file', passwordFile];
    const { child, ended } = behind.spawn('check', ...options, '--login-at', at);
    const interrupted = new Promise<void>(resolve => {
      child.stdout?.on('data', text => {
        if (!String(text).includes('was lost on purpose')) return;
        line.stall(true); // what respool hears of the session, it hears late
        child.kill('SIGINT');
        resolve();
      });
    });
    // the check waits for that, which nothing tells
    await Promise.race([ended, interrupted.then(() => sleep(500))]);
    line.stall(false);
    const { code, stdout } = await ended;
    assert.equal(code, 1);
    assert.match(stdout, /^error +login +the check was interrupted$/m);
    const alice = await Client.at(server, 'alice/pc');
    await alice.request('get', "<ping xmlns='urn:xmpp:ping'/>", server.domain); // all of carol has been read
    await alice.close();
    assert.deepEqual(JSON.parse(await behind.command('devices', 'carol@alpha.test', '--json')), []);
    assert.deepEqual(JSON.parse(await behind.command('queue', 'list', 'carol@alpha.test', '--json')), []);
    await behind.end('SIGTERM');
    await respool.start();
  });

  test('what goes wrong says what', async () => {
    const stranger = await login('nobody@alpha.test');
    assert.deepEqual(
      [stranger.code, stranger.of('login')],
      [1, ['error: the server refused the login (not-authorized)']],
    );
    const foreign = await login('alice@beta.test');
    assert.deepEqual(foreign.of('login'), ['error: alice@beta.test is not on a vhost that respool serves']);
    const nowhere = await login('alice@alpha.test', '127.0.0.1:1');
    assert.match(
      nowhere.of('login').join(),
      /^error: cannot connect to 127\.0\.0\.1:1 \(connect ECONNREFUSED/,
    );
    await respool.end('SIGTERM');
    const alone = await login('alice@alpha.test');
    assert.deepEqual(alone.of('login'), ['error: no daemon runs on this spool']);
  });
});

describe('respool check --login with STARTTLS and SCRAM', () => {
  const certificate = '/etc/ejabberd/ejabberd.pem'; // the package makes it
  test('as Debian sets clients up', async t => {
    if (!existsSync(certificate))
      return t.skip('the package has made no certificate, or this user may not see it');
    await using tls = await startEjabberd({ certificate });
    await tls.register('tester');
    await using attached = new RespoolProcess(tls);
    await attached.start();
    const file = join(attached.folder, 'password');
    const proves = async (password: string) => {
      writeFileSync(file, password, { mode: 0o600 });
      const at = `${tls.ip}:${tls.c2sPort}`;
      const options = [
        '--no-ejabberd',
        '--login',
        'tester@alpha.test',
        '--password-file',
        file,
        '--login-at',
        at,
      ];
      return attached.outcome('check', ...options);
    };
    const { code, stdout } = await proves('secret');
    assert.equal(code, 0, `${stdout}\n${attached.said}`);
    assert.match(stdout, /^ok +login +the device proved that it has the message/m);
    assert.match(
      (await proves('wrong')).stdout,
      /^error +login +the server refused the login \(not-authorized\)/m,
    );
  });
});
