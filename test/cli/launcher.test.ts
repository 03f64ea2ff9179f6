import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { LAUNCHER } from '../../src/cli/paths.js';

const LOADER = /\/lib\S*\/ld-linux-[\w-]+\.so\.\d/g;

/** Says what it was started with, and ends with its first argument, or waits for a signal or the end of stdin. */
const PROGRAM = `
  import { writeSync } from 'node:fs';
  const [, , ...args] = process.argv;
  const { WHICH: which, GIVEN: given } = process.env;
  process.on('SIGTERM', () => process.exit(7));
  process.stdin.resume().on('end', () => process.exit(8));
  writeSync(1, JSON.stringify({ which, given, args, pid: process.pid }) + '\\n');
  if (args[0] !== 'wait') process.exit(Number(args[0] ?? 0));
`;

let folder: string;
/** Where respool is installed. */
let tree: string;
/** The only folder on the PATH. */
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respool-launcher-'));
  path = join(folder, 'path');
  mkdirSync(path);
  symlinkSync('/usr/bin/readlink', join(path, 'readlink')); // all else is in the shell itself
  tree = install(join(folder, 'respool tree'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A respool that is built, with the real launcher. */
function install(place: string, launcher = readFileSync(LAUNCHER, 'utf8')): string {
  write(join(place, 'dist/src/respool.js'), PROGRAM);
  write(join(place, 'package.json'), '{"type": "module"}');
  write(join(place, 'bin/respool'), launcher);
  return place;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
}

/** A Node that says which one it is, and of which version. */
function putNode(file: string, which: string, version: string): void {
  const run = `WHICH='${which}' exec '${process.execPath}' "$@"`;
  write(file, `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else ${run}; fi\n`);
}

const putPackage = (packages: string) =>
  putNode(join(packages, `node-linux-${process.arch}/bin/node`), 'package', 'v24.0.0');
const putOnPath = (version: string) => putNode(join(path, 'node'), 'PATH', version);

const environment = () => ({ PATH: path, GIVEN: 'a  b' });

function launch(args: readonly string[] = [], launcher = join(tree, 'bin/respool')) {
  const options = { encoding: 'utf8', env: environment(), cwd: folder } as const;
  const { status, stdout, stderr } = spawnSync(launcher, args, options);
  return { status, stderr, ...(stdout === '' ? {} : JSON.parse(stdout)) };
}

describe('the Node that it takes', () => {
  test('that of the package in the tree, before the one on the PATH', () => {
    putPackage(join(tree, 'node_modules'));
    putOnPath('v26.0.0');
    const { which, status, stderr } = launch();
    assert.deepEqual([which, status, stderr], ['package', 0, '']);
  });

  test('that of the package beside respool, as npm install -g has it', () => {
    tree = install(join(folder, 'node_modules/respool'));
    putPackage(join(folder, 'node_modules'));
    assert.equal(launch().which, 'package');
  });

  test('none that lies beside respool in a folder that is not of packages', () => {
    tree = install(join(folder, 'respool'));
    putPackage(folder);
    putOnPath('v26.0.0');
    assert.equal(launch().which, 'PATH');
  });

  test('the one on the PATH where the package cannot run: there is no glibc', () => {
    const elsewhere = readFileSync(LAUNCHER, 'utf8').replaceAll(LOADER, `${folder}/ld.so`);
    assert.notEqual(elsewhere, readFileSync(LAUNCHER, 'utf8'));
    tree = install(join(folder, 'musl'), elsewhere);
    putPackage(join(tree, 'node_modules'));
    putOnPath('v26.0.0');
    assert.equal(launch().which, 'PATH');
  });

  for (const version of ['v22.14.0', 'v22.20.1', 'v23.6.0', 'v23.11.1', 'v24.1.0', 'v30.0.0']) {
    test(`${version} on the PATH is new enough`, () => {
      putOnPath(version);
      assert.equal(launch().which, 'PATH');
    });
  }
});

describe('no Node for it: one line that says what to do, and 1', () => {
  for (const version of ['v20.20.2', 'v22.13.1', 'v22.2.0', 'v23.5.0', 'v8.17.0']) {
    test(`${version} on the PATH is too old`, () => {
      putOnPath(version);
      const { status, stderr, which } = launch(['--version']);
      assert.deepEqual([status, which], [1, undefined]);
      assert.match(stderr, /^respool: .*22\.14 or newer.*\n$/);
      assert.ok(stderr.includes(`the PATH is ${version}, `), stderr);
      assert.ok(stderr.includes(`run "npm ci" in ${tree}, `), stderr);
    });
  }

  test('none on the PATH', () => {
    const { status, stderr } = launch(['--version']);
    assert.equal(status, 1);
    assert.match(stderr, /^respool: there is no Node\.js, .*22\.14 or newer; run "npm ci" in .*\n$/);
  });

  test('one on the PATH that does not run', () => {
    write(join(path, 'node'), '#!/bin/sh\necho "Illegal instruction" >&2; exit 132\n');
    const { status, stderr } = launch();
    assert.equal(status, 1);
    assert.match(stderr, /^respool: node on the PATH is broken, .*\n$/);
  });

  test('respool is not built', () => {
    putOnPath('v24.0.0');
    rmSync(join(tree, 'dist'), { recursive: true });
    const { status, stderr } = launch();
    assert.equal(status, 1);
    assert.equal(stderr, `respool: it is not built yet; run "npm ci && npm run build" in ${tree}\n`);
  });
});

describe('what it passes on', () => {
  beforeEach(() => putPackage(join(tree, 'node_modules')));

  test('arguments as they are, the environment, the exit code', () => {
    const args = ['3', 'two words', '', '*', '$HOME', '"', '--', '-x'];
    const { status, stderr, ...told } = launch(args);
    assert.deepEqual([status, stderr], [3, '']);
    assert.deepEqual([told.args, told.given], [args, 'a  b']);
  });

  test('its own place, through links, absolute and relative, and from its own folder', () => {
    symlinkSync(join(tree, 'bin/respool'), join(folder, 'absolute'));
    symlinkSync('absolute', join(folder, 'relative'));
    symlinkSync('../respool tree/bin/respool', join(path, 'respool'));
    symlinkSync(tree, join(folder, 'linked'));
    for (const launcher of ['./absolute', './relative', 'respool', 'linked/bin/respool']) {
      assert.equal(launch([], launcher).which, 'package', launcher);
    }
    const options = { encoding: 'utf8', env: environment(), cwd: join(tree, 'bin') } as const;
    for (const words of [['./respool'], ['/bin/sh', 'respool']] as const) {
      const { stdout, stderr } = spawnSync(words[0], words.slice(1), options);
      assert.match(stdout, /"package"/, stderr);
    }
  });

  test('its process: the same id, and signals', async () => {
    const child = spawn(join(tree, 'bin/respool'), ['wait'], { env: environment() });
    child.stderr.pipe(process.stderr);
    try {
      const [line] = await once(child.stdout, 'data');
      assert.equal(JSON.parse(line).pid, child.pid);
      child.kill('SIGTERM');
      assert.deepEqual(await once(child, 'exit'), [7, null]);
    } finally {
      child.stdin.end();
    }
  });
});

test('the real one starts the real respool', () => {
  const { status, stdout, stderr } = spawnSync(LAUNCHER, ['--version'], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^\d+\.\d+\.\d+( \([0-9a-f]{10}(-dirty)?\))?\n$/);
});
