import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../version.js';
import { writeContainerfile } from './containerfile.js';
import { ARCHITECTURES, buildDeb } from './deb.js';
import { productionPackages } from './dependencies.js';
import { PackageError, run } from './tool.js';
import { writeTree } from './tree.js';

/**
 * `npm run package`: the tarball for `npm install -g`, a .deb for each architecture and the Containerfile, into
 * dist/package. What it fetches comes from npm's registry alone. `--deb amd64` makes that .deb only.
 */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const target = join(root, 'dist/package');
const only = process.argv[2] === '--deb' ? process.argv[3] : undefined;

const work = mkdtempSync(join(tmpdir(), 'respool-package-'));
try {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const tree = join(work, 'tree');
  writeTree(root, tree);
  run(tree, 'npm', 'pack', '--silent', '--pack-destination', target);
  const packages = productionPackages(root, join(work, 'packages'));
  for (const architecture of ARCHITECTURES.filter(({ debian }) => only === undefined || debian === only)) {
    await buildDeb({ root, tree, packages, target, version: VERSION, architecture, work });
  }
  writeContainerfile(target);
  for (const name of readdirSync(target)) {
    const { size } = statSync(join(target, name));
    process.stdout.write(`dist/package/${name}  ${(size / 1e6).toFixed(1)} MB\n`);
  }
} catch (error) {
  if (!(error instanceof PackageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  if (existsSync(work)) rmSync(work, { recursive: true });
}
