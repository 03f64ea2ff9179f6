import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bad, RIGHT, review, wrong } from './ejabberd-yml-scene.js';

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
