import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { respool } from './process.js';
import { Workspace } from './workspace.js';

let work: Workspace;
before(() => {
  work = new Workspace();
  work.configure(1);
});
after(() => work.remove());

describe('wrong usage ends with 2 and says what is wrong', () => {
  const cases: [args: string[], says: RegExp][] = [
    [[], /Usage: respool/],
    [['queue'], /Usage: respool queue/],
    [['queu'], /unknown command 'queu'.*Did you mean queue\?/s],
    [['stats', '--jsn'], /unknown option '--jsn'.*Did you mean --json\?/s],
    [['stats', 'extra'], /too many arguments/],
    [['queue', 'list', '--limit', '0'], /--limit .*whole number from 1/],
    [['queue', 'list', '--limit', '1e9'], /--limit .*whole number from 1/],
    [['check', '--wait', '3'], /--wait .*duration/],
    [['queue', 'list', 'example.org'], /"example\.org" is no account/],
    [['devices', 'romeo@example.org/phone'], /without its device: romeo@example\.org/],
    [['stats', '-c'], /argument missing/],
    [['run', '--no-start'], /--no-start goes with --take-over/],
    [['init'], /required option '--domain <domain>'/],
    [['check', '--login', 'example.org'], /"example\.org" is no account/],
    [
      ['check', '--login', 'romeo@example.org'],
      /no terminal to ask for the password; .*--password-file FILE/,
    ],
    [
      ['check', '--login', 'a@b.c', '--password-file', '/none'],
      /\/none cannot be read .*it has to hold the password/,
    ],
    [['check', '--login', 'a@b.c', '--login-at', 'here'], /--login-at .*HOST:PORT/],
  ];
  for (const [args, says] of cases) {
    test(`respool ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await respool(args, { RESPOOL_CONFIG: work.config });
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
      assert.equal(stdout, '');
    });
  }
});

test('a wrong config ends with 2 whatever the command, one line a problem', async () => {
  for (const args of [['run'], ['queue', 'list'], ['devices'], ['stats', '--json']]) {
    const { code, stdout, stderr } = await respool([...args, '-c', `${work.folder}/none.yml`]);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, /^respool: \S+none\.yml: cannot be read \(there is no such file\)[^\n]*\n$/);
    assert.equal(stdout, '');
  }
});

test('the config file is named before or after the command, or by RESPOOL_CONFIG; -c wins', async () => {
  const other = { RESPOOL_CONFIG: `${work.folder}/none.yml` };
  const runs = await Promise.all([
    respool(['-c', work.config, 'queue', 'list'], other),
    respool(['queue', 'list', '-c', work.config], other),
    respool(['queue', '--config', work.config, 'list'], other),
    respool(['queue', 'list'], { RESPOOL_CONFIG: work.config }),
  ]);
  for (const { code, stderr } of runs) {
    assert.match(stderr, /there is no spool at \S+spool\.db; respool run creates it/);
    assert.equal(code, 1);
  }
});

test('--help teaches: examples, exit codes, where the secret comes from', async () => {
  const { code, stdout, stderr } = await respool(['--help']);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  for (const word of ['Examples:', 'respool check', 'Exit codes:', 'RESPOOL_SECRET', 'RESPOOL_CONFIG']) {
    assert.ok(stdout.includes(word), word);
  }
  const sub = await respool(['queue', 'list', '--help']);
  assert.match(sub.stdout, /--limit.*--json.*-c, --config/s);
  assert.equal(sub.code, 0);
});
