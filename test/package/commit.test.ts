import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { commitOf } from '../../src/package/commit.js';
import { hasProgram } from './programs.js';

describe('the commit of a build', { skip: hasProgram('git') }, () => {
  let folder: string;
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      encoding: 'utf8',
    }).trim();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'respool-commit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is that of the checkout, tagged or not, and says where files differ from it', () => {
    git('init', '-q');
    writeFileSync(join(folder, 'file'), '1');
    git('add', 'file');
    git('commit', '-qm', 'first');
    git('tag', '-am', 'one', 'v1');
    const commit = git('rev-parse', '--short=10', 'HEAD');
    assert.equal(commitOf(folder), commit);
    writeFileSync(join(folder, 'file'), '2');
    assert.equal(commitOf(folder), `${commit}-dirty`);
  });

  test('is none in what is no checkout, or a folder inside of another', () => {
    assert.equal(commitOf(folder), null);
    git('init', '-q');
    git('commit', '-q', '--allow-empty', '-m', 'first');
    mkdirSync(join(folder, 'inner'));
    assert.equal(commitOf(join(folder, 'inner')), null);
  });
});
