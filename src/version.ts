import { readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** The version of this respool, as package.json has it. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { version: string }
).version;

/** Where the build writes the commit that it was made of. */
export const COMMIT_FILE = new URL('dist/commit', ROOT);

/** @returns the version with the commit it was built from, such as `1.0.0 (1672335e14)`, where the build knew one */
export function versionAndCommit(): string {
  const commit = read(COMMIT_FILE);
  return commit === '' ? VERSION : `${VERSION} (${commit})`;
}

function read(file: URL): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''; // built from what is no checkout
    throw error;
  }
}
