import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { loadAsFarAsRight, loadConfig, loadForReading } from '../../src/config/load.js';
import { ConfigError, type Problem } from '../../src/config/problem.js';

const LEAST = 'component: {domain: respool.example.org, secret: hush-hush}\n';
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respool-config-'));
  file = join(folder, 'respool.yml');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(text: string, name = 'respool.yml', mode = 0o600): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
}

function load(text: string, env: NodeJS.ProcessEnv = {}) {
  write(text);
  return loadConfig(file, env);
}

function errorOf(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error;
  }
  assert.fail('it was accepted');
}

function problemsOf(text: string, env: NodeJS.ProcessEnv = {}): readonly Problem[] {
  return errorOf(() => load(text, env)).problems;
}

describe('what is accepted', () => {
  test('domain and secret alone: every other key has its default', () => {
    const { config, warnings } = load(LEAST);
    assert.deepEqual(warnings, []);
    assert.deepEqual(config, {
      file,
      component: {
        host: '127.0.0.1',
        nodes: ['127.0.0.1'],
        port: 5347,
        domain: 'respool.example.org',
        secret: 'hush-hush',
      },
      hosts: new Set(['example.org']),
      spool: {
        path: '/var/lib/respool/spool.db',
        maxAge: 14 * 86_400_000,
        maxPerAccount: 10_000,
        maxPerSender: 2_500,
        maxSizePerAccount: 256 << 20,
        maxSize: 4 * 1024 ** 3,
      },
      replay: { settle: 2_000, proofAfter: 3_000, proofTimeout: 30_000, chunk: 100 },
      devices: { sync: true, forgetAfter: 30 * 86_400_000, maxPerAccount: 10, neverPing: new Set() },
      rooms: { replay: true, maxAge: 7 * 86_400_000, maxPerRoom: 1000 },
      remote: {
        retry: true,
        maxAge: 2 * 86_400_000,
        retryUnknown: 600_000,
        minWait: 60_000,
        maxWait: 3_600_000,
      },
      admins: new Set(),
      contact: new Set(),
      alerts: {
        thresholds: {
          pending: null,
          oldest: null,
          success_rate: null,
          disk_free: 256 * 1024 ** 2,
          disconnected_for: 300_000,
        },
        to: [],
        command: null,
        heartbeat: null,
      },
      log: { level: 'info', format: 'text' },
      standby: { peer: null },
      history: { keep: 86_400_000, maxSize: 256 << 20 },
      http: { host: '127.0.0.1', port: 9280, names: false },
    });
  });

  test('every key, with domains in normal form', () => {
    const { config } = load(`
component: {host: "::1", port: 8888, domain: RESPOOL.Example.ORG., secret: "p: #'\\""}
hosts: [Example.COM, bücher.example]
spool: {path: here/spool.db, max_age: 1.5h, max_per_account: 7, max_per_sender: 3, max_size_per_account: 2MB, max_size: 500MB}
replay: {settle: 0s, proof_after: 500ms, proof_timeout: 1m, chunk: 1}
devices:
  {sync: false, forget_after: 2w, max_per_account: 50, never_ping: ["*/go-sendxmpp.*", Bot@Example.COM]}
rooms: {replay: false, max_age: 1d, max_per_room: 5}
remote: {retry: false, max_age: 1d, retry_unknown: 1h, min_wait: 1s, max_wait: 10m}
admins: [Admin@Example.COM]
contact: ["mailto:ops@example.com", "https://example.com/help"]
alerts:
  {pending: 100, oldest: 6h, success_rate: 99.5%, disk_free: false, disconnected_for: 1m, to: [Ops@example.com],
   command: [/usr/bin/mail, -s, respool, ops], heartbeat: {url: "https://beats.example/ping", every: 5m}}
log: {level: warn, format: json}
standby: {peer: Respool-B.example.org}
history: {keep: 2h, max_size: 5MiB}
http: {listen: "[::1]:80", names: true}
`);
    assert.deepEqual(config, {
      file,
      component: {
        host: '::1',
        nodes: ['::1'],
        port: 8888,
        domain: 'respool.example.org',
        secret: 'p: #\'"',
      },
      hosts: new Set(['example.com', 'bücher.example']),
      spool: {
        path: join(folder, 'here/spool.db'),
        maxAge: 5_400_000,
        maxPerAccount: 7,
        maxPerSender: 3,
        maxSizePerAccount: 2_000_000,
        maxSize: 500_000_000,
      },
      replay: { settle: 0, proofAfter: 500, proofTimeout: 60_000, chunk: 1 },
      devices: {
        sync: false,
        forgetAfter: 14 * 86_400_000,
        maxPerAccount: 50,
        neverPing: new Set(['*/go-sendxmpp.*', 'bot@example.com']),
      },
      rooms: { replay: false, maxAge: 86_400_000, maxPerRoom: 5 },
      remote: { retry: false, maxAge: 86_400_000, retryUnknown: 3_600_000, minWait: 1_000, maxWait: 600_000 },
      admins: new Set(['admin@example.com']),
      contact: new Set(['mailto:ops@example.com', 'https://example.com/help']),
      alerts: {
        thresholds: {
          pending: 100,
          oldest: 21_600_000,
          success_rate: 0.995,
          disk_free: null,
          disconnected_for: 60_000,
        },
        to: ['ops@example.com'],
        command: ['/usr/bin/mail', '-s', 'respool', 'ops'],
        heartbeat: { url: 'https://beats.example/ping', every: 300_000 },
      },
      log: { level: 'warn', format: 'json' },
      standby: { peer: 'respool-b.example.org' },
      history: { keep: 7_200_000, maxSize: 5 << 20 },
      http: { host: '::1', port: 80, names: true },
    });
  });

  test('the nodes of a cluster', () => {
    const { component } = load(
      'component: {host: [a.example.org, b.example.org], domain: respool.example.org, secret: hush}\n',
    ).config;
    assert.deepEqual(
      [component.host, component.nodes],
      ['a.example.org', ['a.example.org', 'b.example.org']],
    );
  });

  test('an empty section is one of defaults', () => {
    assert.equal(load(`${LEAST}replay:\nspool: {}\n`).config.replay.chunk, 100);
  });

  for (const off of ['false', 'null', '']) {
    for (const section of ['http', 'history'] as const) {
      test(`${section}: ${off || 'nothing'} turns it off`, () => {
        assert.equal(load(`${LEAST}${section}: ${off}\n`).config[section], null);
      });
    }
  }
});

describe('the secret', () => {
  const DOMAIN_ONLY = 'component: {domain: respool.example.org}\n';
  const BY_FILE = 'component: {domain: respool.example.org, secret_file: key}\n';

  test('comes from a file beside the config, without its line end', () => {
    write('two words \n', 'key');
    assert.equal(load(BY_FILE).config.component.secret, 'two words ');
  });

  test('comes from RESPOOL_SECRET before all else, and the file is then not read', () => {
    const env = { RESPOOL_SECRET: 'from env' };
    for (const text of [LEAST, DOMAIN_ONLY, BY_FILE]) {
      assert.equal(load(text, env).config.component.secret, 'from env');
    }
  });

  test('is missed by run, not by what only reads the spool', () => {
    const [problem, ...others] = problemsOf(DOMAIN_ONLY, { RESPOOL_SECRET: '' });
    assert.deepEqual(others, []);
    assert.equal(problem?.key, 'component.secret');
    assert.match(problem?.what ?? '', /RESPOOL_SECRET/);
    assert.equal(loadForReading(file).spool.maxPerAccount, 10_000);
    write(BY_FILE);
    assert.ok(!('component' in loadForReading(file)));
  });

  test('in a file that is missing, or empty, is an error at its key', () => {
    assert.match(problemsOf(BY_FILE)[0]?.what ?? '', /key cannot be read \(there is no such file\)/);
    write('\n', 'key');
    const [problem] = problemsOf(BY_FILE);
    assert.match(problem?.what ?? '', /key is empty/);
    assert.deepEqual([problem?.line, problem?.column], [1, 42]);
  });

  test('in two places is an error', () => {
    const text = 'component: {domain: respool.example.org, secret: a, secret_file: b}\n';
    assert.match(problemsOf(text)[0]?.what ?? '', /remove one of the two/);
  });

  test('open to others is a warning, whether in the config or in its own file', () => {
    write(LEAST, 'respool.yml', 0o640);
    assert.match(loadConfig(file, {}).warnings.join(), /^\S+respool\.yml holds the secret .*chmod 600/);
    write('hush', 'key', 0o604);
    assert.match(load(BY_FILE).warnings.join(), /^\S+key holds the secret .*chmod 600/);
    write(DOMAIN_ONLY, 'respool.yml', 0o644);
    assert.deepEqual(loadConfig(file, { RESPOOL_SECRET: 'x' }).warnings, []);
  });

  test('is never shown, whatever is wrong with it', () => {
    const wrong = [
      'component: {domain: respool.example.org, secret: 48151623}',
      'component: {domain: respool.example.org, secret: [hush-hush]}',
      'component: {domain: respool.example.org, secret: {hush-hush: hush-hush}}',
      'component: {domain: respool.example.org, secret: "hush-hush" hush-hush}',
      'component:\n  secret: "hush-hush\n  domain: respool.example.org',
      'component:\n  secret: *hush-hush\n',
      'component: {domain: respool.example.org, secret: "\\hush-hush"}',
      'component: {domain: respool.example.org, secret: hush-hush, secret: hush-hush}',
    ];
    for (const text of wrong) {
      const { message } = errorOf(() => load(text));
      assert.doesNotMatch(message, /hush|4815|\\h/, text);
    }
  });
});

describe('what is wrong', () => {
  test('is all told at once, in the order of the lines, with file, line, column and key', () => {
    const error = errorOf(() =>
      load(`component:
  port: 70000
  domian: respool.example.org
hosts: [a b]
replay:
  settel: 3s
  proof_after: 3
`),
    );
    const places = error.problems.map(({ line, column, key }) => `${line}:${column} ${key}`);
    assert.deepEqual(places, [
      '1:1 component.domain',
      '1:1 component.secret',
      '2:3 component.port',
      '3:3 component.domian',
      '4:1 hosts',
      '6:3 replay.settel',
      '7:3 replay.proof_after',
    ]);
    const lines = error.message.split('\n');
    assert.equal(lines.length, 7);
    assert.equal(
      lines[2],
      `${file}, line 2, column 3: component.port: 70000 is not allowed; allowed is a whole number from 1 to 65535; the default is 5347`,
    );
    assert.match(lines[5] ?? '', /unknown key; did you mean settle\? Allowed here: settle, proof_after/);
  });

  const cases: [title: string, text: string, key: string, what: RegExp][] = [
    ['a key in the wrong section', 'settle: 2s', 'settle', /did you mean settle in the section replay\?/],
    [
      'a key with its section before it',
      'spool.path: x',
      'spool.path',
      /did you mean path in the section spool/,
    ],
    [
      'a key that resembles none',
      'frobnicate: 1',
      'frobnicate',
      /unknown key; remove it\. Allowed here: component, /,
    ],
    ['a dash for an underscore', 'spool: {max-age: 1d}', 'spool.max-age', /did you mean max_age\?/],
    ['a duration without a unit', 'spool: {max_age: 14}', 'spool.max_age', /14 is not allowed; .* unit/],
    ['a duration of no unit that exists', 'spool: {max_age: 14y}', 'spool.max_age', /"14y" is not allowed/],
    ['a duration below zero', 'replay: {settle: -1s}', 'replay.settle', /"-1s" is not allowed/],
    ['a wait longer than a timer takes', 'replay: {settle: 30d}', 'replay.settle', /from 0s to 1h/],
    ['a size without a unit', 'spool: {max_size: 4000}', 'spool.max_size', /4000 is not allowed/],
    ['a size of next to nothing', 'spool: {max_size: 1kB}', 'spool.max_size', /at least 1MiB/],
    ['more devices than slots', 'devices: {max_per_account: 51}', 'devices.max_per_account', /from 1 to 50/],
    ['a fraction', 'replay: {chunk: 1.5}', 'replay.chunk', /1\.5 is not allowed; .* whole number/],
    ['text for a truth value', 'rooms: {replay: "true"}', 'rooms.replay', /true or false/],
    ['no value', 'spool: {path: }', 'spool.path', /no value is not allowed/],
    ['an admin with a resource', 'admins: [a@example.org/pc]', 'admins', /this list is not allowed/],
    [
      'a session that is none',
      'devices: {never_ping: [go-sendxmpp]}',
      'devices.never_ping',
      /this list is not allowed; allowed is a list of JIDs in which \* stands for any characters, such as/,
    ],
    ['an admin that is a server', 'admins: [example.org]', 'admins', /this list is not allowed/],
    ['a contact that is no URI', 'contact: [a@example.org]', 'contact', /this list is not allowed/],
    ['an alert for nobody', 'alerts: {to: [ops]}', 'alerts.to', /this list is not allowed/],
    ['more than all', 'alerts: {success_rate: 100.5}', 'alerts.success_rate', /100\.5 is not allowed/],
    [
      'a heartbeat too often',
      'alerts: {heartbeat: {url: "http://a.b/c", every: 1s}}',
      'alerts.heartbeat',
      /^this value is not allowed; .* 1m /,
    ],
    [
      'a heartbeat of no web',
      'alerts: {heartbeat: "ftp://a.b/hush"}',
      'alerts.heartbeat',
      /^this value is not allowed/,
    ],
    [
      'a level that is none',
      'log: {level: loud}',
      'log.level',
      /"loud" is not allowed; allowed is error, warn, info or debug/,
    ],
    ['a command to be searched for', 'alerts: {command: mail ops}', 'alerts.command', /absolute path/],
    ['a user for a vhost', 'hosts: [a@example.org]', 'hosts', /this list is not allowed/],
    ['one vhost that is no list', 'hosts: example.org', 'hosts', /a list of one or more domain names/],
    ['no vhost', 'hosts: []', 'hosts', /a list of one or more/],
    ['the component among the vhosts', 'hosts: [respool.example.org]', 'hosts', /is the component itself/],
    ['an address without a port', 'http: {listen: localhost}', 'http.listen', /"HOST:PORT"/],
    ['a port out of range', 'http: {listen: "localhost:65536"}', 'http.listen', /is not allowed/],
    ['http: true', 'http: true', 'http', /takes the keys listen, names, or false to turn it off/],
    ['a section that is a list', 'spool: [a]', 'spool', /takes the keys path, max_age/],
  ];
  for (const [title, text, key, what] of cases) {
    test(title, () => {
      const problems = problemsOf(`${LEAST}${text}\n`);
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.equal(problems[0]?.key, key);
      assert.match(problems[0]?.what ?? '', what);
      assert.equal(problems[0]?.line, 2);
    });
  }

  test('a domain of one label, from which no vhost follows', () => {
    const [problem] = problemsOf('component: {domain: respool, secret: x}');
    assert.match(problem?.what ?? '', /name the vhosts served with hosts/);
    assert.deepEqual([...load('component: {domain: respool, secret: x}\nhosts: [b]').config.hosts], ['b']);
  });

  test('a file that is no map', () => {
    assert.match(problemsOf('- a\n- b\n')[0]?.what ?? '', /takes the keys component, hosts, /);
  });

  test('the first syntax error, with its place: the others follow from it', () => {
    const problems = problemsOf('component: {domain: a.b\nhosts: [x\n\tspool: 1\n');
    const [{ what, line } = { what: '', line: 0 }] = problems;
    assert.match(what, /^not YAML: .*; look at this line and the one above it/);
    assert.deepEqual([problems.length, line], [1, 2]);
  });

  test('what is only to be read is read as far as it is right', () => {
    write(
      'component: {domain: r.example.org}\nspool: {max_age: 14, path: x.db}\nlog: {level: loud}\nspol: 1\n',
    );
    const { config, wrong } = loadAsFarAsRight(file, {});
    assert.deepEqual(
      [config.domain, config.spool.path, config.spool.maxAge, config.log.level],
      ['r.example.org', join(folder, 'x.db'), 14 * 86_400_000, 'info'],
    );
    assert.equal(wrong.length, 3);
    assert.match(wrong[0] ?? '', /respool\.yml, line 2, column \d+: spool\.max_age: 14 is not allowed/);
    for (const text of [
      'component: {}\n',
      'component: {domain: r.example.org}\nspool: {path: 3}\n',
      'spool: {',
    ]) {
      write(text);
      assert.throws(() => loadAsFarAsRight(file, {}), ConfigError, text);
    }
  });

  test('a file that is not there, with how to name another', () => {
    const { message } = errorOf(() => loadConfig(join(folder, 'none.yml'), {}));
    assert.equal(message.includes('\n'), false);
    assert.match(message, /none\.yml: cannot be read \(there is no such file\).* -c FILE/);
  });
});
