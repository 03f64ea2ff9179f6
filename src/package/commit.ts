import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMMIT_FILE } from '../version.js';

/**
 * @param root a folder
 * @returns the commit that is checked out there, with `-dirty` where files differ from it; null where the folder is not
 *   the root of a checkout, or git is missing
 */
export function commitOf(root: string): string | null {
  const git = (...args: string[]) => {
    const { status, stdout } = spawnSync('git', ['-C', root, ...args], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : null;
  };
  if (git('rev-parse', '--show-prefix') !== '') return null; // a folder inside of somebody's checkout
  return git('describe', '--always', '--dirty', '--abbrev=10', '--exclude=*');
}

/** Writes the commit for `respool --version`: a part of `npm run build`. */
export function writeCommit(): void {
  const commit = commitOf(fileURLToPath(new URL('..', COMMIT_FILE)));
  if (commit === null) rmSync(COMMIT_FILE, { force: true });
  else writeFileSync(COMMIT_FILE, `${commit}\n`);
}
