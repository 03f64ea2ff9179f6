import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { topics } from '../cli/manual/topics.js';
import { Output } from '../cli/output.js';
import { program } from '../cli/program.js';
import { VERSION } from '../version.js';
import { readTree } from './command-tree.js';
import { bashCompletion } from './completion/bash.js';
import { fishCompletion } from './completion/fish.js';
import { zshCompletion } from './completion/zsh.js';
import { commandPage } from './man-command.js';
import { configPage } from './man-config.js';
import { PackageError } from './tool.js';

/** What of the checkout is in every package. */
const TAKEN = [
  ...['bin', 'dist/src', 'dist/commit', 'src/manual', 'src/page/web'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE'],
];
/** Built, but of use in a checkout alone. */
const LEFT = 'dist/src/package';

/**
 * Writes respool as it is installed, without its packages and Node: what npm packs, and what lies in a .deb.
 * @param root of a checkout that is built
 * @param target a new folder
 */
export function writeTree(root: string, target: string): void {
  for (const name of TAKEN) {
    const from = join(root, name);
    if (name === 'dist/commit' && !existsSync(from)) continue; // it is built from what is no checkout
    cpSync(from, join(target, name), {
      recursive: true,
      filter: source => source !== join(root, LEFT) && isBuilt(root, source),
    });
  }
  for (const [name, text] of Object.entries(madeFiles())) write(join(target, name), text);
  write(join(target, 'package.json'), manifestOf(root));
  write(join(target, 'npm-shrinkwrap.json'), lockOf(root));
}

/** Is it a folder, no code, or compiled from code that there is? Other builds may have left more. */
function isBuilt(root: string, file: string): boolean {
  const compiled = relative(join(root, 'dist'), file);
  return (
    !compiled.endsWith('.js') ||
    compiled.startsWith('..') ||
    existsSync(join(root, compiled.replace(/js$/, 'ts')))
  );
}

/** Man pages and completion, by their places in the tree. */
export function madeFiles(): Readonly<Record<string, string>> {
  const commands = readTree(program(new Output(process.stdout), () => undefined));
  const edition = { version: VERSION, date: releaseDate() };
  return {
    'man/respool.1': commandPage(commands, topics(), edition),
    'man/respool.yml.5': configPage(edition),
    'completion/respool.bash': bashCompletion(commands),
    'completion/_respool': zshCompletion(commands),
    'completion/respool.fish': fishCompletion(commands),
  };
}

/** @returns the day of this version (YYYY-MM-DD), as CHANGELOG.md has it */
function releaseDate(): string {
  const log = readFileSync(new URL('../../../CHANGELOG.md', import.meta.url), 'utf8');
  const date = new RegExp(`^## ${VERSION.replaceAll('.', '\\.')} \\((\\d{4}-\\d\\d-\\d\\d)\\)$`, 'm').exec(
    log,
  )?.[1];
  if (date === undefined) throw new PackageError(`CHANGELOG.md has no line "## ${VERSION} (YYYY-MM-DD)"`);
  return date;
}

/** package.json for who installs: nothing of how respool is built and tested. */
function manifestOf(root: string): string {
  const { scripts, devDependencies, files, ...manifest } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const installed = {
    ...manifest,
    man: ['man/respool.1', 'man/respool.yml.5'],
    files: ['bin', 'dist', 'src', 'man', 'completion', 'CHANGELOG.md', 'npm-shrinkwrap.json'],
  };
  return `${JSON.stringify(installed, null, 2)}\n`;
}

/** The versions that were tested, for npm to install those and no others. */
function lockOf(root: string): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const packages = Object.entries<Record<string, unknown>>(lock.packages).filter(
    ([, { dev }]) => dev !== true,
  );
  const [[name, { devDependencies, ...own }], ...others] = packages as [
    [string, Record<string, unknown>],
    ...[string, Record<string, unknown>][],
  ];
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries([[name, own], ...others]) }, null, 2)}\n`;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
