import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { readIds } from '../../src/cli/queue/ids.js';
import { UsageError } from '../../src/cli/usage.js';
import { Process, respool } from './process.js';
import { addAccount, addDevice, addMessage, setCounter, Workspace } from './workspace.js';

const ROMEO = 'romeo@example.org';

describe('ids from stdin', () => {
  const read = (...pieces: string[]) => readIds(Readable.from(pieces.map(piece => Buffer.from(piece))));

  test('are read across pieces, in order, each once; empty lines are none', async () => {
    assert.deepEqual(await read('12\n3', '4\n\n', ' 5 \r\n12\n', '7'), [5, 7, 12, 34]);
    assert.deepEqual(await read(''), []);
  });

  test('a line that is none is named, with the remedy', async () => {
    for (const [line, says] of [
      [
        'romeo@example.org',
        /^stdin, line 3: "romeo@example\.org" is no id; give ids alone, .* queue list --ids/,
      ],
      ['0', /line 3: "0" is no id/],
      ['4!', /line 3: "4!" is no id/],
      ['\u001b[2J', /line 3: "\\u\{1b\}\[2J" is no id/],
      ['9'.repeat(200_000), /line 3: .*is no id|line 3: it is too long/],
    ] as const) {
      await assert.rejects(read(`1\n2\n${line}\n5\n`), (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, says);
        assert.ok(error.message.length < 400);
        return true;
      });
    }
  });

  test('a line without end is not read to its end', async () => {
    let given = 0;
    function* endless() {
      for (;;) {
        given++;
        yield Buffer.alloc(1 << 10, '1');
      }
    }
    await assert.rejects(readIds(Readable.from(endless())), /line 1: it is too long to be an id/);
    assert.ok(given < 100, `${given} pieces`);
  });
});

describe('the queue by hand', () => {
  let work: Workspace;
  beforeEach(() => {
    work = new Workspace();
    work.configure(1);
    work.fill(db => {
      addAccount(db, 1, ROMEO);
      addAccount(db, 2, 'nurse@example.org');
      addDevice(db, 1, 1, 'phone');
      for (const [id, owed] of [
        [1, 1 + 2],
        [2, 1],
        [3, 2],
      ] as const) {
        addMessage(db, { id, account: 1, owed });
      }
      addMessage(db, { id: 4, account: 2, owed: 1 });
      setCounter(db, 'last_message_id', 4);
      setCounter(db, 'pending', 5);
    });
  });
  afterEach(() => work.remove());

  const run = (...args: string[]) => respool([...args, '-c', work.config]);
  const listed = async () =>
    JSON.parse((await run('queue', 'list', '--json')).stdout).map(
      (one: { id: number; device: string | null; on_hold: boolean }) =>
        `${one.id} ${one.device}${one.on_hold ? ' held' : ''}`,
    );
  /** With this at stdin. */
  async function piped(input: string, ...args: string[]) {
    const dropping = new Process(['queue', 'drop', '-', ...args, '-c', work.config]);
    dropping.child.stdin?.end(input);
    return dropping.ended();
  }

  test('list --ids gives each message once, one a line, and drop - takes them', async () => {
    const { stdout } = await run('queue', 'list', ROMEO, '--ids');
    assert.equal(stdout, '1\n2\n3\n');
    assert.equal((await run('queue', 'list', 'nobody@example.org', '--ids')).stdout, '');
    assert.equal((await run('queue', 'list', '--ids', '--json')).code, 2);
    const { code, stdout: said, stderr } = await piped('1\n3\n99\n', '--yes');
    assert.deepEqual(
      [code, said],
      [0, '3 pending dropped; for 1 of the ids nothing that fits is pending\n'],
      stderr,
    );
    assert.deepEqual(await listed(), ['2 null', '4 null']);
  });

  test('a filter narrows them; one bad line, and nothing is dropped', async () => {
    const all = await listed();
    const { code, stderr } = await piped('1\ntwo\n', '--yes');
    assert.equal(code, 2);
    assert.match(stderr, /^respool: stdin, line 2: "two" is no id; .*Nothing was done\n$/);
    assert.deepEqual(await listed(), all);
    const narrowed = await piped('1\n2\n3\n', '--device', 'phone', '--yes', '--json');
    assert.deepEqual(JSON.parse(narrowed.stdout), { dropped: 2, missing: 1 });
    assert.deepEqual(await listed(), ['1 null', '2 null', '4 null']);
  });

  test('nobody at a terminal, and no --yes: 2, and nothing is dropped', async () => {
    const { code, stderr } = await piped('1\n');
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Drop 2 pending .* add --yes/);
    assert.equal((await listed()).length, 5);
  });

  test('hold and release: said, listed, marked; by the name by which it was held', async () => {
    assert.equal((await run('queue', 'hold')).stdout, 'nothing is on hold\n');
    assert.match(
      (await run('queue', 'hold', 'Romeo@example.org/phone')).stdout,
      /^romeo@example\.org\/phone is on hold: /,
    );
    assert.deepEqual(await listed(), ['1 null', '1 phone held', '2 null', '3 phone held', '4 null']);
    assert.match((await run('queue', 'list')).stdout, /\n *!3 .*\n.*\n5 pending, 85 B, 2 on hold \(!\)\n$/);
    assert.match((await run('devices')).stdout, / !phone .*\n1 device, 1 on hold \(!\)\n$/);
    assert.match((await run('stats')).stdout, /\non hold +1: respool queue hold lists them\n/);
    assert.match((await run('queue', 'show', '3')).stdout, /it is on hold; respool queue hold lists by whom/);
    assert.match(
      (await run('queue', 'hold')).stdout,
      /^ON HOLD .*\nromeo@example\.org\/phone +\S+ +\S+\n1 on hold/,
    );
    assert.match((await run('queue', 'hold', `${ROMEO}/phone`)).stdout, /is on hold already/);
    const wrong = await run('queue', 'release', ROMEO);
    assert.deepEqual(
      [wrong.code, wrong.stdout],
      [1, 'romeo@example.org is not on hold; on hold there: romeo@example.org/phone\n'],
    );
    const { code, stdout } = await run('queue', 'release', `${ROMEO}/phone`);
    assert.deepEqual([code, /is released/.test(stdout)], [0, true]);
    const word = await run('queue', 'hold', 'romeo');
    assert.equal(word.code, 2);
    assert.match(word.stderr, /"romeo" is no vhost that is served; an account is written romeo@example\.org/);
    await run('queue', 'hold', 'example.org');
    assert.ok((await listed()).every((line: string) => line.endsWith('held')));
    for (const text of ['', '@', '@example.org', 'example.org/phone']) {
      const { code, stderr } = await run('queue', 'hold', text);
      assert.deepEqual([code, /is no account, device or domain/.test(stderr)], [2, true], text);
    }
  });

  test('undelivered takes --since and --until, of when it left', async () => {
    await run('queue', 'drop', '2', '--yes');
    const count = async (...args: string[]) =>
      JSON.parse((await run('queue', 'undelivered', '--json', ...args)).stdout).length;
    assert.deepEqual([await count('--since', '1h'), await count('--until', '1h')], [1, 0]);
    assert.match(
      (await run('queue', 'undelivered', '--until', '1h')).stdout,
      /^nothing undelivered is on record of that time\n$/,
    );
    assert.equal((await run('queue', 'undelivered', '--since', 'evening')).code, 2);
  });

  test('devices --ask goes with an account, and needs the daemon', async () => {
    assert.equal((await run('devices', '--ask')).code, 2);
    const { code, stderr } = await run('devices', ROMEO, '--ask');
    assert.deepEqual([code, /the daemon is not running/.test(stderr)], [1, true]);
  });
});

describe('queue backup', () => {
  let work: Workspace;
  beforeEach(() => {
    work = new Workspace();
    work.configure(1);
    work.fill(db => {
      addAccount(db, 1, ROMEO);
      addMessage(db, { id: 1, account: 1, owed: 1 });
    });
  });
  afterEach(() => work.remove());

  test('is a spool for its owner alone; it replaces nothing, and leaves nothing where it fails', async () => {
    const file = join(work.folder, 'copy.db');
    const run = (...args: string[]) => respool(['queue', 'backup', ...args, '-c', work.config]);
    const { code, stdout, stderr } = await run(file);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /copy\.db: \d+\.\d KiB, the whole spool as it was when this began\n$/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    writeFileSync(work.config, readFileSync(work.config, 'utf8').replace('path: spool.db', 'path: copy.db'));
    assert.equal((await respool(['queue', 'list', '--ids', '-c', work.config])).stdout, '1\n');
    const again = await run(file);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /copy\.db cannot be written .*; name another, or remove it first\n$/);
    assert.equal((await run('-')).code, 2);
    const nowhere = await run(join(work.folder, 'no', 'copy.db'));
    assert.match(nowhere.stderr, /cannot be written \(there is no such file\)/);
    rmSync(file);
    const missing = await run(join(work.folder, 'other.db'));
    assert.deepEqual([missing.code, existsSync(join(work.folder, 'other.db'))], [1, false]);
  });
});

describe('salvage', () => {
  let work: Workspace;
  beforeEach(() => {
    work = new Workspace();
    work.configure(1);
    work.fill(db => {
      addAccount(db, 1, ROMEO);
      for (let id = 1; id <= 300; id++) addMessage(db, { id, account: 1, owed: 1 });
    });
  });
  afterEach(() => work.remove());

  test('says what was saved and what was lost, and how to go on; the new file is a spool', async () => {
    const [page = 0] = work
      .read<{ pageno: number }>("SELECT pageno FROM dbstat WHERE name = 'message' AND pagetype = 'leaf'")
      .map(({ pageno }) => pageno);
    const bytes = readFileSync(work.spool);
    bytes.fill(0xa5, (page - 1) * 4096, page * 4096);
    writeFileSync(work.spool, bytes);
    const file = join(work.folder, 'saved.db');
    const { code, stdout, stderr } = await respool(['salvage', work.spool, file]);
    assert.equal(code, 0, stderr);
    const [, saved, lost] = /\nmessages of users +(\d+) +(\d+)\n/.exec(stdout) ?? [];
    assert.deepEqual([Number(saved) + Number(lost), Number(lost) > 0], [300, true], stdout);
    assert.match(stdout, /spool\.db is as it was; .*saved\.db\. To use it, move /);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(readFileSync(work.spool), bytes);
    writeFileSync(work.config, readFileSync(work.config, 'utf8').replace('path: spool.db', 'path: saved.db'));
    const listed = await respool(['queue', 'list', '--json', '-c', work.config]);
    assert.equal(JSON.parse(listed.stdout).length, Number(saved));
    const again = await respool(['salvage', work.spool, file]);
    assert.match(again.stderr, /name another, or remove it first/);
  });

  test('what is wrong with the files is said, and nothing is left', async () => {
    const file = join(work.folder, 'saved.db');
    assert.equal((await respool(['salvage', join(work.folder, 'none.db'), file])).code, 2);
    writeFileSync(work.spool, 'no database, and long enough to be read as one. '.repeat(200));
    const { code, stderr } = await respool(['salvage', work.spool, file]);
    assert.deepEqual([code, /nothing can be read out of/.test(stderr)], [1, true], stderr);
    assert.equal(existsSync(file), false);
  });
});
