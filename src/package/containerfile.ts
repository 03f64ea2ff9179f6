import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../../src/package/Containerfile', import.meta.url));

/** Puts the Containerfile beside the .debs that it installs. */
export function writeContainerfile(target: string): void {
  cpSync(SOURCE, join(target, 'Containerfile'));
}
