import assert from 'node:assert/strict';
import { chownSync, lstatSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { lockSpool } from '../../src/spool/lock.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { Process } from '../cli/process.js';
import { Workspace } from '../cli/workspace.js';

/** The user of the service: nobody on this machine. */
const SERVICE = 64_321;

let work: Workspace;
beforeEach(() => {
  work = new Workspace();
  work.configure(1);
});
afterEach(() => work.remove());

const give = (path: string, user = SERVICE) => chownSync(path, user, user);

describe('a spool of the service, run by root or beside somebody', { skip: process.getuid?.() !== 0 }, () => {
  test('whose lock is of somebody else is refused: it would not lock', async () => {
    openSpool(work.spool).close();
    writeFileSync(`${work.spool}.lock`, '', { mode: 0o644 });
    for (const path of [work.folder, work.config, work.spool]) give(path);
    const { code, stderr } = await new Process(['run', '-c', work.config], {}, SERVICE).ended();
    assert.equal(code, 1);
    assert.match(
      stderr,
      /spool\.db\.lock belongs to user 0, and this is user 64321; run respool as that user/,
    );
  });

  test('that somebody else has made is not taken', () => {
    openSpool(work.spool).close();
    give(work.spool);
    assert.throws(() => openSpool(work.spool), /belongs to user 64321, and this is user 0/);
    assert.equal(statSync(work.spool).uid, SERVICE);
  });
});

describe('a link that was laid in the place of', () => {
  const elsewhere = () => join(work.folder, 'elsewhere');

  test('the spool is not followed', () => {
    writeFileSync(elsewhere(), 'of somebody', { mode: 0o644 });
    symlinkSync(elsewhere(), work.spool);
    assert.throws(() => openSpool(work.spool), /spool\.db is a link, which is not followed/);
    assert.deepEqual(
      [readFileSync(elsewhere(), 'utf8'), statSync(elsewhere()).mode & 0o777],
      ['of somebody', 0o644],
    );
  });

  test('the lock or the -wal is not followed, and nothing is made where it leads', () => {
    openSpool(work.spool).close();
    for (const [suffix, open] of [
      ['.lock', () => lockSpool(work.spool)],
      ['-wal', () => openSpool(work.spool)],
    ] as const) {
      symlinkSync(elsewhere(), work.spool + suffix);
      assert.throws(open, /is a link, which is not followed/, suffix);
      assert.equal(lstatSync(elsewhere(), { throwIfNoEntry: false }), undefined);
      rmSync(work.spool + suffix);
    }
  });
});
