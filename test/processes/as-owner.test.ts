import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Process } from '../cli/process.js';
import { addMessage, Workspace } from '../cli/workspace.js';

/** The user of the service: nobody on this machine. */
const SERVICE = 64_321;

let work: Workspace;
/** Root's alone. */
let ofRoot: string;
beforeEach(() => {
  work = Workspace.ofRomeo(db => {
    addMessage(db, { id: 1, account: 1, owed: 3 });
  });
  ofRoot = `${work.folder}-of-root`;
  mkdirSync(ofRoot, { mode: 0o700 });
  for (const path of [work.folder, work.spool]) chownSync(path, SERVICE, SERVICE);
});
afterEach(() => {
  work.remove();
  rmSync(ofRoot, { recursive: true });
});

const asRoot = (...args: string[]) => new Process([...args, '-c', work.config]).ended();
/** What lies beside the spool and is not the service's. */
const foreign = () =>
  readdirSync(work.folder).filter(
    name => name !== 'respool.yml' && statSync(join(work.folder, name)).uid !== SERVICE,
  );

describe("root at the service's spool", { skip: process.getuid?.() !== 0 }, () => {
  for (const args of [
    ['queue', 'list'],
    ['queue', 'drop', '1', '--yes'],
    ['devices', 'forget', 'romeo@example.org', 'phone', '--yes'],
    ['forget', 'romeo@example.org', '--yes'],
    ['stats'],
  ]) {
    test(`${args.join(' ')}: does its work, and leaves nothing of root's there`, async () => {
      const { code, stderr } = await asRoot(...args);
      assert.deepEqual([code, stderr, foreign()], [0, '', []]);
    });
  }

  test('queue export and import reach the files of root', async () => {
    const file = join(ofRoot, 'queue.jsonl');
    const out = await asRoot('queue', 'export', file);
    assert.deepEqual([out.code, out.stderr, statSync(file).uid], [0, '', 0]);
    const back = await asRoot('queue', 'import', file);
    assert.deepEqual([back.code, back.stderr, foreign()], [0, '', []]);
  });

  test('queue backup reaches the files of root', async () => {
    const file = join(ofRoot, 'backup.db');
    const { code, stdout, stderr } = await asRoot('queue', 'backup', file);
    assert.deepEqual([code, stderr, statSync(file).uid, foreign()], [0, '', 0, []]);
    assert.match(stdout, /backup\.db: \d+\.\d KiB, the whole spool/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(
      readdirSync(work.folder).filter(name => name.includes('backup')),
      [],
    );
    writeFileSync(work.config, readFileSync(work.config, 'utf8').replace('path: spool.db', `path: ${file}`));
    assert.equal((await asRoot('queue', 'list', '--ids')).stdout, '1\n');
    const again = await asRoot('queue', 'backup', file);
    assert.deepEqual([again.code, /name another, or remove it first/.test(again.stderr)], [1, true]);
  });

  test("check reviews root's ejabberd.yml, and says of the spool what is so for the service", async () => {
    const yml = join(ofRoot, 'ejabberd.yml');
    writeFileSync(yml, 'hosts: [example.org]\n', { mode: 0o600 });
    const { stdout } = await asRoot('check', '--wait', '0s', '--ejabberd', yml);
    assert.match(stdout, /reviewing \S+ejabberd\.yml/);
    assert.match(stdout, /spool\.db can be written/);
    assert.deepEqual(foreign(), []);
  });

  test('run: says why not, and what to do', async () => {
    const { code, stderr } = await asRoot('run');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /root does not run respool on \S+spool\.db, which belongs to user 64321: .*systemctl start/,
    );
    assert.match(stderr, /setpriv --reuid 64321 --regid 64321 --clear-groups respool run/);
    assert.deepEqual(foreign(), []);
  });

  test("run: on a spool of root's own it runs, and says that it needs no root", async () => {
    for (const path of [work.folder, work.spool]) chownSync(path, 0, 0);
    const daemon = new Process(['run', '-c', work.config]);
    await daemon.said(/warning: respool runs as root, and needs none of root's rights: .*/);
    await daemon.said(/serving example\.org/);
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended()).code, 0);
  });

  test('a link that the service has laid leads root nowhere', async () => {
    const target = join(ofRoot, 'made-by-root');
    for (const suffix of ['.lock', '-wal', '']) {
      rmSync(work.spool + suffix, { force: true });
      symlinkSync(target, work.spool + suffix);
      await asRoot('devices', 'forget', 'romeo@example.org', 'phone');
      assert.equal(existsSync(target), false, suffix);
      rmSync(work.spool + suffix);
    }
  });

  test('the config of root, readable by its group, is one without a warning', async () => {
    chownSync(work.config, 0, SERVICE);
    chmodSync(work.config, 0o640);
    const { stdout } = await asRoot('check', '--wait', '0s', '--no-ejabberd');
    assert.doesNotMatch(stdout, /others can read it/);
    const service = await new Process(['queue', 'list', '-c', work.config], {}, SERVICE).ended();
    assert.equal(service.code, 0, service.stderr);
  });
});
