import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { changesBetween } from '../../src/config/changes.js';
import { variableOf } from '../../src/config/environment.js';
import { loadConfig, loadForReading } from '../../src/config/load.js';
import { KEYS } from '../../src/config/schema.js';

const folder = mkdtempSync(join(tmpdir(), 'respool-env-'));
const file = join(folder, 'respool.yml');
before(() => write('component: {domain: respool.example.org, secret: hush}\n'));
after(() => rmSync(folder, { recursive: true }));

function write(text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}

const load = (env: NodeJS.ProcessEnv) => loadConfig(file, env);

/** Another value than the default, as text, for each key. */
const OTHERS: Record<string, [text: string, value: unknown]> = {
  'component.host': ['10.0.0.1', ['10.0.0.1']],
  'component.port': ['8888', 8888],
  'component.domain': ['spool.example.net', 'spool.example.net'],
  'component.secret': ['123456', '123456'],
  'component.secret_file': ['key', 'key'],
  hosts: ['a.example, b.example', new Set(['a.example', 'b.example'])],
  admins: ['a@a.example, b@a.example', new Set(['a@a.example', 'b@a.example'])],
  contact: ['mailto:a@a.example', new Set(['mailto:a@a.example'])],
  'spool.path': ['/tmp/x.db', '/tmp/x.db'],
  'spool.max_age': ['7d', 7 * 86_400_000],
  'spool.max_per_account': ['12', 12],
  'spool.max_per_sender': ['5', 5],
  'spool.max_size_per_account': ['1MiB', 1 << 20],
  'spool.max_size': ['2MiB', 2 << 20],
  'replay.settle': ['0s', 0],
  'replay.proof_after': ['1s', 1000],
  'replay.proof_timeout': ['1m', 60_000],
  'replay.chunk': ['7', 7],
  'devices.never_ping': ['*/go-sendxmpp.*,bot@a.example', new Set(['*/go-sendxmpp.*', 'bot@a.example'])],
  'devices.sync': ['false', false],
  'devices.forget_after': ['1d', 86_400_000],
  'devices.max_per_account': ['3', 3],
  'rooms.replay': ['false', false],
  'rooms.max_age': ['1d', 86_400_000],
  'rooms.max_per_room': ['5', 5],
  'remote.retry': ['false', false],
  'remote.max_age': ['1d', 86_400_000],
  'remote.retry_unknown': ['1m', 60_000],
  'remote.min_wait': ['5s', 5000],
  'remote.max_wait': ['2h', 7_200_000],
  'alerts.pending': ['9', 9],
  'alerts.oldest': ['1d', 86_400_000],
  'alerts.success_rate': ['50%', 0.5],
  'alerts.disk_free': ['false', null],
  'alerts.disconnected_for': ['1m', 60_000],
  'alerts.to': ['a@a.example', new Set(['a@a.example'])],
  'alerts.command': ['/bin/true', ['/bin/true']],
  'alerts.heartbeat': ['https://a.example/b', { url: 'https://a.example/b', every: 60_000 }],
  'log.level': ['debug', 'debug'],
  'log.format': ['json', 'json'],
  'standby.peer': ['respool-b.a.example', 'respool-b.a.example'],
  'history.keep': ['2h', 7_200_000],
  'history.max_size': ['1MiB', 1 << 20],
  'http.listen': ['[::1]:99', { host: '::1', port: 99 }],
  'http.names': ['true', true],
};

describe('every key has a variable that wins over the file', () => {
  writeFileSync(join(folder, 'key'), 'from a file\n', { mode: 0o600 });
  for (const key of KEYS.keys()) {
    test(`${variableOf(key)} sets ${key}`, () => {
      const other = OTHERS[key];
      assert.ok(other, 'this test knows another value');
      const values = load({ [variableOf(key)]: other[0] }).values;
      assert.deepEqual(values.get(key), other[1]);
      const { live, restart } = changesBetween(load({}).values, values);
      const alike = key === 'component.secret_file' ? ['component.secret', key] : [key];
      assert.deepEqual([...live, ...restart].sort(), alike, 'no other key is touched');
    });
  }

  test('lists also in brackets; an empty variable says nothing', () => {
    assert.deepEqual(
      load({ RESPOOL_HOSTS: '[a.example,b.example]' }).config.hosts,
      new Set(['a.example', 'b.example']),
    );
    assert.equal(load({ RESPOOL_SPOOL_MAX_AGE: '' }).config.spool.maxAge, 14 * 86_400_000);
  });

  test('RESPOOL_HISTORY=false turns the history off', () => {
    assert.equal(load({ RESPOOL_HISTORY: 'false' }).config.history, null);
  });

  test('RESPOOL_COMPONENT_HOST may name the nodes of a cluster', () => {
    const { nodes } = load({ RESPOOL_COMPONENT_HOST: '10.0.0.1, 10.0.0.2' }).config.component;
    assert.deepEqual(nodes, ['10.0.0.1', '10.0.0.2']);
  });

  test('RESPOOL_HTTP=false turns http off, and RESPOOL_HTTP_LISTEN on where the file has it off', () => {
    assert.equal(load({ RESPOOL_HTTP: 'false' }).config.http, null);
    write('component: {domain: respool.example.org, secret: hush}\nhttp: false\n');
    assert.deepEqual(load({ RESPOOL_HTTP_LISTEN: '[::1]:99' }).config.http, {
      host: '::1',
      port: 99,
      names: false,
    });
    write('component: {domain: respool.example.org, secret: hush}\n');
  });

  test('RESPOOL_COMPONENT_SECRET_FILE wins over the secret of the file, RESPOOL_SECRET over both', () => {
    const env = { RESPOOL_COMPONENT_SECRET_FILE: 'key' };
    assert.equal(load(env).config.component.secret, 'from a file');
    assert.equal(load({ ...env, RESPOOL_SECRET: 'first' }).config.component.secret, 'first');
  });

  test('commands that only read the spool take them too', () => {
    assert.equal(loadForReading(file, { RESPOOL_SPOOL_PATH: '/x/y.db' }).spool.path, '/x/y.db');
  });
});

describe('what is wrong names the variable', () => {
  const wrong: [env: NodeJS.ProcessEnv, says: RegExp][] = [
    [
      { RESPOOL_SPOOL_MAX_AGE: '7' },
      /^environment variable RESPOOL_SPOOL_MAX_AGE: "7" is not allowed; allowed is a dur/,
    ],
    [
      { RESPOOL_COMPONENT_PORT: '99999' },
      /^environment variable RESPOOL_COMPONENT_PORT: "99999" is not allowed/,
    ],
    [
      { RESPOOL_HOSTS: 'romeo@example.org' },
      /^environment variable RESPOOL_HOSTS: "romeo@example.org" is not allowed/,
    ],
    [
      { RESPOOL_HTTP: 'no' },
      /^environment variable RESPOOL_HTTP: "no" is not allowed; .* listen, names, or false/,
    ],
    [
      { RESPOOL_COMPONENT_SECRET_FILE: 'none' },
      /^environment variable RESPOOL_COMPONENT_SECRET_FILE: .* no such file/,
    ],
  ];
  for (const [env, says] of wrong) {
    test(Object.keys(env).join(), () => assert.throws(() => load(env), { message: says }));
  }

  test('a variable that is nearly one of respool: a warning; those of Kubernetes: none', () => {
    const { warnings } = load({
      RESPOOL_SPOOL_MAXAGE: '7d',
      RESPOOL_SERVICE_HOST: '10.0.0.1',
      RESPOOL_PORT: 'tcp://10.0.0.1:80',
      RESPOOL_PORT_80_TCP_ADDR: '10.0.0.1',
      RESPOOL_CONFIG: 'x',
    });
    assert.deepEqual(warnings, [
      'the environment variable RESPOOL_SPOOL_MAXAGE means nothing to respool; did you mean RESPOOL_SPOOL_MAX_AGE?',
    ]);
  });
});

test('which changes need a restart', () => {
  const changed = load({ RESPOOL_SPOOL_PATH: '/x', RESPOOL_SPOOL_MAX_AGE: '1d', RESPOOL_HOSTS: 'a.example' });
  assert.deepEqual(changesBetween(load({}).values, changed.values), {
    live: ['spool.max_age'],
    restart: ['hosts', 'spool.path'],
  });
});
