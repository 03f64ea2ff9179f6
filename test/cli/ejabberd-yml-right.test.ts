import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkEjabberd, findEjabberd } from '../../src/cli/check/ejabberd/check.js';
import { allowsServer } from '../../src/cli/check/ejabberd/s2s.js';
import { secondsOf, VhostView } from '../../src/cli/check/ejabberd/view.js';
import { readEjabberdYaml } from '../../src/cli/check/ejabberd/yaml.js';
import { bad, CONFIG, folder, review, write, wrong } from './ejabberd-yml-scene.js';

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
