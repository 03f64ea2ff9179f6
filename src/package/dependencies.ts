import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { PackageError, run } from './tool.js';

/**
 * What the packages bring for building, for other systems and for editors. Of a package that is used on each
 * architecture everything of the others stays out too, see `forArchitecture`.
 */
const UNUSED = [
  /\.(d\.[cm]?ts|map|md|markdown)$/i,
  /^node-addon-api(\/|$)/, // headers, for who compiles better-sqlite3
  /^better-sqlite3\/(deps|src|build|binding\.gyp)/,
  /^better-sqlite3\/prebuilds\/(?!linux-)/,
  /^zod\/src(\/|$)/,
  /^yaml\/browser(\/|$)/,
  /^bintrees\/(test|examples|\.npmignore)/,
  /^yaml\/bin\.mjs$/,
  /^uplot\/dist\/uPlot\.(cjs|esm|iife)\.js$/, // its iife.min.js is served
  /^\.(bin|package-lock\.json)/,
];

/**
 * Installs what respool needs to run, but for Node, as package-lock.json says.
 * @returns the folder of the packages
 */
export function productionPackages(root: string, work: string): string {
  mkdirSync(work);
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(root, name), join(work, name));
  const quiet = ['--no-audit', '--no-fund', '--silent'];
  // without scripts: better-sqlite3 brings its library for each system
  run(work, 'npm', 'ci', '--omit=dev', '--omit=optional', '--ignore-scripts', ...quiet);
  return join(work, 'node_modules');
}

/** Copies packages, without what is of no use where they run. */
export function copyPackages(packages: string, target: string, npmArchitecture: string): void {
  cpSync(packages, target, {
    recursive: true,
    filter: source => {
      const name = source
        .slice(packages.length + 1)
        .split(sep)
        .join('/');
      const other = /^better-sqlite3\/(prebuilds|lib)\/linux-(\w+)\./.exec(name)?.[2];
      return !UNUSED.some(one => one.test(name)) && (other === undefined || other === npmArchitecture);
    },
  });
  for (const name of readdirSync(target)) {
    // npm 9 leaves empty folders of what it has left out
    const folder = join(target, name);
    if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  }
}

/**
 * Fetches the Node that package-lock.json names for an architecture, into a folder of packages. It is not npm that
 * installs it, for that refuses what is for another machine.
 */
export function addNode(root: string, packages: string, npmArchitecture: string, work: string): void {
  const name = `node-linux-${npmArchitecture}`;
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const file = join(work, run(work, 'npm', 'pack', '--silent', `${name}@${version}`).trim());
  const hash = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (hash !== integrity) throw new PackageError(`${name} is not what package-lock.json says: ${hash}`);
  const target = join(packages, name);
  mkdirSync(target);
  const wanted = ['bin/node', 'LICENSE', 'package.json'].map(path => `package/${path}`);
  run(target, 'tar', '-xzf', file, '--strip-components=1', '--no-same-owner', ...wanted);
  rmSync(file);
}
