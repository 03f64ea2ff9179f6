import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkEjabberd, findEjabberd } from '../../src/cli/check/ejabberd/check.js';
import { bad, CONFIG, folder, RIGHT, review, write, wrong } from './ejabberd-yml-scene.js';

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
