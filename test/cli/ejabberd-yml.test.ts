import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { checkEjabberd, findEjabberd } from '../../src/cli/check/ejabberd/check.js';
import { allowsServer } from '../../src/cli/check/ejabberd/s2s.js';
import { secondsOf, VhostView } from '../../src/cli/check/ejabberd/view.js';
import { readEjabberdYaml } from '../../src/cli/check/ejabberd/yaml.js';
import type { Finding } from '../../src/cli/check/finding.js';

const folder = mkdtempSync(join(tmpdir(), 'respool-yml-'));
after(() => rmSync(folder, { recursive: true }));

const CONFIG = {
  component: {
    host: '127.0.0.1',
    nodes: ['127.0.0.1'],
    port: 5347,
    domain: 'respool.example.org',
    secret: 'hush "quite"',
  },
  hosts: new Set(['example.org', 'example.net']),
};

/** Nothing in it is wrong. */
const RIGHT = `
define_macro:
  SECRET: 'hush "quite"'
  DB: sql
hosts: [example.org, Example.NET]
default_db: DB
sql_type: pgsql
listen:
  - {port: 5222, module: ejabberd_c2s, max_stanza_size: 262144}
  - {port: 5269, module: ejabberd_s2s_in}
  - port: 5347
    ip: "127.0.0.1"
    module: ejabberd_service
    check_from: false
    hosts:
      respool.example.org: {password: SECRET}
acl:
  admin: {user: [admin@example.org]}
  local: {user_regexp: ""}
shaper_rules:
  max_user_offline_messages: {5000: admin, 2000: local}
modules:
  mod_carboncopy: {}
  mod_mam: {default: always}
  mod_offline: {}
  mod_push_offline: {host: "respool.example.org"}
  mod_service_log: {loggers: [respool.example.org]}
  mod_stream_mgmt: {resend_on_timeout: if_offline}
`;

let files = 0;
function write(text: string, name = `${++files}.yml`): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** RIGHT with some of its text replaced. */
function wrong(...changes: [from: string, to: string][]): string {
  return changes.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, () => to);
  }, RIGHT);
}

const bad = (findings: Finding[]) =>
  findings.filter(({ level }) => level !== 'ok').map(({ level, text }) => `${level}: ${text}`);
const review = (text: string, connected = false, proved?: string) =>
  checkEjabberd(CONFIG, findEjabberd(write(text)), { connected, proved });

test('a file with nothing wrong: no warning, and each thing is named', () => {
  const findings = review(RIGHT);
  assert.deepEqual(bad(findings), []);
  const texts = findings.map(({ text }) => text);
  for (const said of [
    'the ejabberd_service listener on port 5347 is right: name, password, check_from and address',
    'example.org, example.net: mod_service_log sends copies to respool.example.org',
    'example.org, example.net: mod_offline keeps 2000 messages for a user',
    'example.org, example.net: mod_stream_mgmt keeps dead sessions for 5m and sends their messages again (if_offline)',
    'example.org, example.net: mod_mam archives everything (default: always)',
    'example.org, example.net: mod_carboncopy is on',
    'example.org, example.net: mod_offline and mod_mam: in SQL (pgsql)',
    'example.org, example.net: mod_push_offline tells respool.example.org what mod_offline stores',
  ]) {
    assert.ok(texts.includes(said), `${said}\nin\n${texts.join('\n')}`);
  }
});

describe('each planted mistake is found, and nothing else', () => {
  const both = 'example.org, example.net: ';
  const mistakes: [what: string, changes: [string, string][], ...findings: string[]][] = [
    [
      'no listener',
      [['ejabberd_service', 'ejabberd_s2s_in']],
      'error: there is no ejabberd_service listener',
    ],
    [
      'another port',
      [['port: 5347', 'port: 5348']],
      'error: the ejabberd_service listener for respool.example.org is on port 5348, not 5347',
    ],
    [
      'another name',
      [['respool.example.org: {', 'spool.example.org: {']],
      'error: the ejabberd_service listener on port 5347 does not have respool.example.org under hosts',
    ],
    [
      'check_from left out',
      [['    check_from: false\n', '']],
      'error: the ejabberd_service listener on port 5347 has no check_from: false',
    ],
    [
      'check_from: true',
      [['check_from: false', 'check_from: true']],
      'error: the ejabberd_service listener on port 5347 has no check_from: false',
    ],
    [
      'another password',
      [["SECRET: 'hush", "SECRET: 'hash"]],
      'error: the password of respool.example.org at the ejabberd_service listener on port 5347 is not the secret of respool',
    ],
    [
      'no password',
      [['{password: SECRET}', '{}']],
      'error: the ejabberd_service listener on port 5347 has no password for respool.example.org',
    ],
    [
      'all addresses',
      [['    ip: "127.0.0.1"\n', '']],
      'warning: the ejabberd_service listener on port 5347 listens on all addresses, though respool is on the same machine',
    ],
    [
      'another address',
      [['ip: "127.0.0.1"', 'ip: "10.0.0.7"']],
      'error: the ejabberd_service listener on port 5347 listens on 10.0.0.7 only, but respool connects to 127.0.0.1',
    ],
    [
      'the other loopback',
      [['ip: "127.0.0.1"', 'ip: "::1"']],
      'error: the ejabberd_service listener on port 5347 listens on ::1 only, but respool connects to 127.0.0.1',
    ],
    [
      'a second component on the listener',
      [['{password: SECRET}', '{password: SECRET}\n      irc.example.org: {password: x}']],
      'error: the ejabberd_service listener on port 5347 also has irc.example.org under hosts',
    ],
    [
      'a shaper',
      [['check_from: false', 'check_from: false\n    shaper: normal']],
      'warning: the ejabberd_service listener on port 5347 has a shaper',
    ],
    [
      'small stanzas',
      [['check_from: false', 'check_from: false\n    max_stanza_size: 65536']],
      'warning: the ejabberd_service listener on port 5347 takes stanzas of 65536 bytes only, those of clients may be larger',
    ],
    [
      'a vhost that is none',
      [['[example.org, Example.NET]', '[example.org]']],
      'error: example.net is not under hosts',
    ],
    [
      'respool as a vhost',
      [['[example.org, ', '[respool.example.org, example.org, ']],
      'error: respool.example.org is under hosts, as a vhost',
    ],
    [
      'a vhost that is not served',
      [['[example.org, ', '[other.example, example.org, ']],
      'warning: other.example sends copies to respool, which does not serve it',
    ],
    [
      'no copies',
      [['mod_service_log: {loggers: [respool.example.org]}', 'mod_ping: {}']],
      `error: ${both}mod_service_log is off`,
    ],
    [
      'copies for another',
      [['loggers: [respool', 'loggers: [spool']],
      `error: ${both}mod_service_log does not have respool.example.org among its loggers`,
    ],
    ['no mod_offline', [['  mod_offline: {}\n', '']], `warning: ${both}mod_offline is off`],
    [
      'a small queue',
      [['2000: local', '99: all']],
      `warning: ${both}mod_offline keeps 99 messages for a user`,
    ],
    [
      'large for admins only',
      [['5000: admin, 2000: local', '5000: admin']],
      `warning: ${both}mod_offline keeps 100 messages for a user`,
    ],
    [
      'a rule that is not there',
      [['mod_offline: {}', 'mod_offline: {access_max_user_messages: some_rule}']],
      `warning: ${both}mod_offline keeps 100 messages for a user`,
    ],
    [
      'rules in their order',
      [['{5000: admin, 2000: local}', '[{300: admin}, {500: all}, {100: all}]']],
      `warning: ${both}mod_offline keeps 500 messages for a user`,
    ],
    [
      'no stream management',
      [['mod_stream_mgmt: {resend_on_timeout: if_offline}', 'mod_ping: {}']],
      `warning: ${both}mod_stream_mgmt is off`,
    ],
    [
      'bounces of dead sessions',
      [['{resend_on_timeout: if_offline}', '{resume_timeout: 2 min}']],
      `warning: ${both}mod_stream_mgmt does not send again what a dead session had (resend_on_timeout)`,
    ],
    [
      'sessions that are dead for long',
      [['{resend_on_timeout: if_offline}', '{resend_on_timeout: if_offline, resume_timeout: 1 hour}']],
      `warning: ${both}mod_stream_mgmt keeps dead sessions for 1h (resume_timeout)`,
    ],
    [
      'replays to the wrong device',
      [['{resend_on_timeout: if_offline}', '{resend_on_timeout: true}']],
      `warning: ${both}mod_stream_mgmt sends what a dead session had to other devices too (resend_on_timeout)`,
    ],
    [
      'sessions that take little at once',
      [['{resend_on_timeout: if_offline}', '{resend_on_timeout: if_offline, max_ack_queue: 1000}']],
      `warning: ${both}mod_stream_mgmt ends a session that has 1000 stanzas unacknowledged (max_ack_queue)`,
    ],
    [
      'no archive',
      [['  mod_mam: {default: always}\n', '']],
      `warning: ${both}mod_mam is off: there is no archive`,
    ],
    [
      'an archive for those who ask',
      [['{default: always}', '{}']],
      `warning: ${both}mod_mam archives only for those who ask for it (default: never)`,
    ],
    [
      'an archive that is taken for read',
      [['{default: always}', '{default: always, assume_mam_usage: true}']],
      `warning: ${both}mod_mam assumes that every client reads its archive (assume_mam_usage)`,
    ],
    ['no carbons', [['  mod_carboncopy: {}\n', '']], `warning: ${both}mod_carboncopy is off`],
    [
      'no word of what is stored',
      [['  mod_push_offline: {host: "respool.example.org"}\n', '']],
      `warning: ${both}mod_push_offline is not in this file`,
    ],
    [
      'pushes for another',
      [['{host: "respool', '{host: "spool']],
      `warning: ${both}mod_push_offline does not tell respool`,
    ],
    [
      'an archive in mnesia',
      [['DB: sql', 'DB: mnesia']],
      `warning: ${both}mod_mam keeps the archive in mnesia`,
    ],
    [
      'an endless queue in mnesia',
      [['mod_offline: {}', 'mod_offline: {db_type: mnesia, access_max_user_messages: infinity}']],
      `warning: ${both}mod_offline has no limit and keeps its messages in mnesia`,
    ],
    [
      'SQL of no kind',
      [['sql_type: pgsql\n', '']],
      `error: ${both}mod_offline and mod_mam: in SQL, but sql_type says not in which`,
    ],
    [
      'one connection for all',
      [['sql_type: pgsql', 'sql_type: pgsql\nsql_pool_size: 1']],
      `warning: ${both}mod_offline and mod_mam: all of the vhost shares one connection to pgsql (sql_pool_size: 1)`,
    ],
  ];
  for (const [what, changes, ...findings] of mistakes) {
    test(what, () => {
      const found = review(wrong(...changes));
      assert.deepEqual(bad(found), findings);
      for (const { level, means, remedy } of found) {
        if (level !== 'ok') assert.ok(means !== undefined && remedy !== undefined);
      }
    });
  }

  test('all of them in one file', () => {
    const found = bad(review('hosts: [other.example]\nmodules: {}\n'));
    assert.deepEqual(found, [
      'error: there is no ejabberd_service listener',
      'error: example.org is not under hosts',
      'error: example.net is not under hosts',
    ]);
  });
});

describe('what is not wrong', () => {
  const fine: [what: string, changes: [string, string][]][] = [
    ['sqlite with one connection', [['sql_type: pgsql', 'sql_type: sqlite\nsql_pool_size: 1']]],
    ['a queue in mnesia with a limit', [['mod_offline: {}', 'mod_offline: {db_type: mnesia}']]],
    [
      'a limit for all without a rule',
      [['mod_offline: {}', 'mod_offline: {access_max_user_messages: 5000}']],
    ],
    ['one that is infinite', [['{5000: admin, 2000: local}', 'infinity']]],
    [
      'a password for the whole listener',
      [
        ['{password: SECRET}', '{}'],
        ['check_from: false', 'check_from: false\n    password: SECRET'],
      ],
    ],
    [
      'a listener without names',
      [['    hosts:\n      respool.example.org: {password: SECRET}', '    password: SECRET']],
    ],
    [
      'two names, each with its own route',
      [
        ['{password: SECRET}', '{password: SECRET}\n      irc.example.org: {password: x}'],
        ['check_from: false', 'check_from: false\n    global_routes: false'],
      ],
    ],
    ['ports as text', [['port: 5347', 'port: "5347"']]],
    [
      'a server that talks to no other',
      [
        ['  mod_push_offline: {host: "respool.example.org"}\n', ''],
        ['default_db', 's2s_access: none\ndefault_db'],
      ],
    ],
  ];
  for (const [what, changes] of fine) test(what, () => assert.deepEqual(bad(review(wrong(...changes))), []));

  test('another port or address where respool was seen to connect: there is a way that the file does not show', () => {
    assert.deepEqual(
      bad(review(wrong(['port: 5347', 'port: 7000'], ['ip: "127.0.0.1"', 'ip: "10.0.0.7"']), true)),
      [],
    );
  });
});

describe('as ejabberd reads it', () => {
  test('host_config takes the place of an option, append_host_config adds to it, @HOST@ is the vhost', () => {
    const text = `${wrong(['loggers: [respool.example.org]', 'loggers: ["respool.@HOST@"]'], ['mod_offline: {}', 'mod_ping: {}'])}
host_config:
  example.net:
    modules: {mod_service_log: {loggers: [respool.example.org]}}
append_host_config:
  example.org:
    modules: {mod_offline: {}}
`;
    const found = bad(review(text));
    assert.ok(!found.some(text => text.includes('example.org: mod_')), 'what was appended counts');
    assert.deepEqual(
      found.filter(text => /mod_offline|mod_service_log/.test(text)),
      ['warning: example.net: mod_offline is off'],
    );
    const other = new Set(['example.org']);
    const only = write(wrong(['loggers: [respool.example.org]', 'loggers: ["respool.@HOST@"]']));
    assert.deepEqual(
      bad(checkEjabberd({ ...CONFIG, hosts: other }, findEjabberd(only), { connected: false })),
      [],
    );
  });

  test('included files, with their rules, from the folder of the file; equal options are joined', () => {
    mkdirSync(join(folder, 'more'));
    write('modules: {mod_carboncopy: {}}\nloglevel: debug\n', 'more/modules.yml');
    write('hosts: [evil.example]\nacl: {local: {user_regexp: ""}}\n', 'more/acl.yml');
    write('sql_type: pgsql\nhosts: [evil.example]\n', 'more/sql.yml');
    const changes: [string, string][] = [
      ['  mod_carboncopy: {}\n', ''],
      ['  local: {user_regexp: ""}\n', ''],
      ['sql_type: pgsql\n', ''],
    ];
    const include = `
include_config_file:
  - more/modules.yml
  - more/acl.yml: {disallow: [hosts]}
  - ${join(folder, 'more/sql.yml')}: {allow_only: [sql_type]}
`;
    const found = review(wrong(...changes) + include);
    assert.deepEqual(bad(found), []);
    assert.match(found[0]?.text ?? '', /^reviewing \S+, with \S+modules\.yml, \S+acl\.yml, \S+sql\.yml$/);
  });

  test('macros of macros, in texts, and in included files; one that is made of itself does no harm', () => {
    write("define_macro: {PART: quite, LOOP: '@LOOP@'}\n", 'macros.yml');
    const changes: [string, string][] = [
      ['SECRET: \'hush "quite"\'', 'WORD: PART\n  SECRET: \'hush "@WORD@"\''],
    ];
    assert.deepEqual(
      bad(review(`${wrong(...changes)}include_config_file: macros.yml\nlanguage: LOOP\n`)),
      [],
    );
  });

  test('time-outs', () => {
    for (const [text, seconds] of [
      [300, 300],
      ['300', 300],
      ['5 min', 300],
      ['2 hours', 7200],
      ['90s', 90],
      ['infinity', Number.POSITIVE_INFINITY],
      ['soon', undefined],
    ] as const) {
      assert.equal(secondsOf(text), seconds, String(text));
    }
  });
});

describe('a file that cannot be read', () => {
  test('says where, what to do, and quotes nothing', () => {
    const found = review('hosts: [a]\nlisten: [{password: hushhush}\nx: "y\n');
    assert.match(bad(found).join(), /^error: \S+\.yml, line \d+, column \d+: not YAML: /);
    assert.doesNotMatch(JSON.stringify(found), /hushhush/);
    assert.match(
      bad(checkEjabberd(CONFIG, findEjabberd(join(folder, 'none.yml')), { connected: false })).join(),
      /cannot be read \(there is no such file\)/,
    );
    assert.match(bad(review(`${RIGHT}include_config_file: none.yml`)).join(), /none\.yml cannot be read/);
    const itself = write('', 'itself.yml');
    write('include_config_file: itself.yml', 'itself.yml');
    assert.match(
      bad(checkEjabberd(CONFIG, findEjabberd(itself), { connected: false })).join(),
      /itself\.yml includes itself/,
    );
    assert.match(bad(review('- a\n- b\n')).join(), /not a list of options/);
  });

  test('no finding ever shows a password', () => {
    for (const text of [
      RIGHT,
      wrong(["SECRET: 'hush", "SECRET: 'hash"]),
      wrong(['{password: SECRET}', '{password: hashhash}']),
    ]) {
      assert.doesNotMatch(JSON.stringify(review(text)), /hush|hash/);
    }
  });
});

describe('where no file is named', () => {
  const stranger = () => [
    join(folder, 'none.yml'),
    write('hosts: [example.org, example.net]\nmodules: {}\n'),
  ];

  test('the first of the usual ones that can be read', () => {
    const usual = [join(folder, 'none.yml'), write(RIGHT)];
    assert.match(
      checkEjabberd(CONFIG, findEjabberd(undefined, usual), { connected: true })[0]?.text ?? '',
      /^reviewing \S+\.yml$/,
    );
    assert.deepEqual(
      checkEjabberd(CONFIG, findEjabberd(undefined, [usual[0] ?? '']), { connected: true }).map(
        ({ level }) => level,
      ),
      ['skipped'],
    );
    assert.deepEqual(checkEjabberd(CONFIG, findEjabberd(false, usual), { connected: true }), []);
  });

  test('one that does not speak of respool, though that is connected, is of another server', () => {
    const found = checkEjabberd(CONFIG, findEjabberd(undefined, stranger()), { connected: true });
    assert.match(
      bad(found).join(),
      /^warning: \S+ does not speak of respool\.example\.org, though ejabberd lets it/,
    );
    assert.equal(found.length, 1);
  });

  test('but where respool cannot connect, it is what is to be mended', () => {
    assert.match(
      bad(checkEjabberd(CONFIG, findEjabberd(undefined, stranger()), { connected: false })).join(),
      /error: there is no ejabberd_serv/,
    );
  });
});

describe('what is for respool alone', () => {
  const shared = (options: string) => `${RIGHT}domain_balancing:\n  respool.example.org: ${options}\n`;

  test('domain_balancing deals its copies to several, or ends its connection', () => {
    assert.deepEqual(bad(review(shared('{type: source, component_number: 2}'))), [
      'error: domain_balancing deals what is for respool.example.org to 2 components (component_number)',
    ]);
    assert.deepEqual(bad(review(shared('{type: source}'))), [
      'error: domain_balancing has respool.example.org, without component_number',
    ]);
    assert.deepEqual(
      bad(review(`${RIGHT}domain_balancing: {other.example.org: {component_number: 2}}\n`)),
      [],
    );
  });

  test('what a login has proved, the file cannot deny: no error, and it says so', () => {
    const off = wrong(['mod_service_log: {loggers: [respool.example.org]}', 'mod_ping: {}']);
    assert.deepEqual(
      review(off, true)
        .filter(({ level }) => level === 'error')
        .map(({ text }) => text),
      ['example.org, example.net: mod_service_log is off'],
    );
    const found = review(off, true, 'example.org').filter(({ text }) => text.includes('mod_service_log'));
    assert.deepEqual(bad(found), [
      'warning: example.org: by this file: mod_service_log is off',
      'error: example.net: mod_service_log is off',
    ]);
    assert.match(found[0]?.means ?? '', /the login proved the opposite/);
    const wrongPassword = wrong(["SECRET: 'hush", "SECRET: 'other"]);
    assert.deepEqual(
      review(wrongPassword, true, 'example.org').filter(({ level }) => level === 'error'),
      [],
    );
    const both = shared('{component_number: 2}');
    assert.equal(
      bad(review(both, true, 'example.org')).length,
      1,
      'where its next connection lands is not proved',
    );
  });
});

describe('may ejabberd look for respool on other servers', () => {
  const views = (text: string) => new VhostView('example.org', readEjabberdYaml(write(text)).options);
  const RULES: readonly [text: string, allowed: boolean][] = [
    ['hosts: [example.org]', true],
    ['s2s_access: all', true],
    ['s2s_access: none', false],
    ['s2s_access: nowhere', false],
    [
      's2s_access: s2s\nacl: {respool: {server: respool.example.org}}\naccess_rules: {s2s: [{deny: respool}, {allow: all}]}',
      false,
    ],
    [
      's2s_access: s2s\nacl: {respool: {server: [a.b, respool.example.org]}}\naccess_rules: {s2s: {deny: respool, allow: all}}',
      false,
    ],
    [
      's2s_access: s2s\nacl: {other: {server: a.b}}\naccess_rules: {s2s: [{deny: other}, {allow: all}]}',
      true,
    ],
    [
      's2s_access: s2s\nacl: {ours: {server_glob: "*.example.org"}}\naccess_rules: {s2s: [{deny: ours}, allow]}',
      false,
    ],
    [
      's2s_access: s2s\nacl: {ours: {server_regexp: "^respool[.]"}}\naccess_rules: {s2s: [{deny: [{acl: ours}]}, allow]}',
      false,
    ],
    ['s2s_access: s2s\nacl: {bad: {user: romeo}}\naccess_rules: {s2s: [{deny: bad}, {allow: all}]}', true],
    ['s2s_access: s2s\nacl: {friends: {server: a.b}}\naccess_rules: {s2s: [{allow: friends}]}', false],
    ['s2s_access: [{deny: {server: respool.example.org}}, {allow: all}]', false],
    ['host_config: {example.org: {s2s_access: none}}', false],
  ];
  for (const [text, allowed] of RULES) {
    test(`${allowed ? 'yes' : 'no'}: ${text.replaceAll('\n', '; ')}`, () => {
      assert.equal(allowsServer(views(text), 'respool.example.org'), allowed);
    });
  }
});
