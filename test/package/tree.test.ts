import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unitText } from '../../src/cli/init/unit.js';
import { controlText, packagedUnit } from '../../src/package/deb.js';
import { copyPackages } from '../../src/package/dependencies.js';
import { writeTree } from '../../src/package/tree.js';
import { VERSION } from '../../src/version.js';
import { hasProgram } from './programs.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'respool-tree-'));
});
after(() => rmSync(folder, { recursive: true }));

const filesIn = (path: string) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(name =>
    statSync(join(path, name)).isFile(),
  );

describe('what npm packs', () => {
  let tree: string;
  before(() => {
    tree = join(folder, 'respool');
    writeTree(ROOT, tree);
  });

  test('has all that respool needs but its packages: it runs', () => {
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
    const say = (...args: string[]) => execFileSync(join(tree, 'bin/respool'), args, { encoding: 'utf8' });
    assert.ok(say('--version').startsWith(VERSION));
    assert.match(say('help', 'config'), /spool\.max_age/);
    rmSync(join(tree, 'node_modules'));
  });

  test('is below 5 MB, without tests and packaging', () => {
    const files = filesIn(tree);
    const size = files.reduce((sum, name) => sum + statSync(join(tree, name)).size, 0);
    assert.ok(size < 5e6, `${size}`);
    assert.deepEqual(
      files.filter(name => /(^|\/)(test|package)\//.test(name)),
      [],
    );
    assert.ok(files.includes('man/respool.1') && files.includes('completion/respool.bash'));
    for (const name of ['src/page/web/index.html', 'dist/src/page/client/main.js'])
      assert.ok(files.includes(name), name);
  });

  test('names no package for development, has no scripts, and pins the others', () => {
    const read = (name: string) => JSON.parse(readFileSync(join(tree, name), 'utf8'));
    const [manifest, lock] = [read('package.json'), read('npm-shrinkwrap.json')];
    assert.deepEqual([manifest.scripts, manifest.devDependencies], [undefined, undefined]);
    assert.ok(Object.values<{ dev?: boolean }>(lock.packages).every(({ dev }) => dev !== true));
    assert.equal(lock.packages[''].devDependencies, undefined);
    for (const name of Object.keys(manifest.dependencies))
      assert.ok(lock.packages[`node_modules/${name}`], name);
  });

  test('has nothing that an older build has left', () => {
    const stale = join(ROOT, 'dist/src/cli/stale-of-a-test.js');
    writeFileSync(stale, '');
    try {
      const other = join(folder, 'other');
      writeTree(ROOT, other);
      assert.ok(!existsSync(join(other, 'dist/src/cli/stale-of-a-test.js')));
    } finally {
      rmSync(stale);
    }
  });
});

describe('the .deb', () => {
  test('has of its packages what they need on its architecture', () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    const kept = [
      'zod/v4/index.js',
      'better-sqlite3/lib/index.js',
      'better-sqlite3/prebuilds/linux-arm64.node',
      'ms/LICENSE',
      'uplot/dist/uPlot.iife.min.js',
    ];
    const left = [
      ...['zod/src/index.ts', 'zod/v4/index.d.ts', 'ms/readme.md', 'node-addon-api/napi.h', '.bin/yaml'],
      ...['uplot/dist/uPlot.esm.js', 'uplot/dist/uPlot.iife.js'],
      ...['better-sqlite3/prebuilds/linux-x64.node', 'better-sqlite3/prebuilds/darwin-arm64.node'],
      ...['better-sqlite3/prebuilds/linuxmusl-arm64.node', 'better-sqlite3/deps/sqlite3/sqlite3.c'],
    ];
    for (const name of [...kept, ...left]) {
      mkdirSync(dirname(join(from, name)), { recursive: true });
      writeFileSync(join(from, name), '');
    }
    mkdirSync(join(from, '@types'));
    copyPackages(from, to, 'arm64');
    assert.deepEqual(filesIn(to).sort(), kept.sort());
    assert.ok(!existsSync(join(to, '@types')), 'an empty folder is left out');
  });

  test('has the unit that respool init writes, for its own places', () => {
    const launcher = '/usr/bin/respool';
    const ours = unitText({
      launcher,
      node: '/usr/bin/node',
      config: '/etc/respool/respool.yml',
      notifies: true,
    });
    assert.equal(packagedUnit(), ours.replace('# Made by respool init.', '# Made by the package respool.'));
  });

  test('says what it is', () => {
    const control = controlText('1.2.3', 'arm64', 7);
    assert.match(control, /^Package: respool\nVersion: 1\.2\.3\nArchitecture: arm64\n/);
    assert.match(control, /\nDescription: \S.*\n(?: \S.*\n)+$/);
  });

  for (const name of ['postinst', 'prerm', 'postrm']) {
    test(`${name} is shell that shellcheck accepts`, { skip: hasProgram('shellcheck') }, () => {
      execFileSync('shellcheck', ['-s', 'sh', '-e', 'SC1091', join(ROOT, 'src/package/debian', name)]);
    });
  }
});
