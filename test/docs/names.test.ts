import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../../', import.meta.url);
/** What looks like the path of a file or folder of the source, in backticks. */
const PATH = /`((?:[\w.-]+\/)*[\w-]+\.(?:ts|md|json|jsonl|py)|(?:[\w.-]+\/)+)`/g;
/** Folders that a build or a package makes. */
const MADE = /^(dist|node_modules)\//;

/** The paths that a page names, from its own folder or from the project's. */
function missingIn(page: string, folder: string): string[] {
  const text = readFileSync(new URL(page, ROOT), 'utf8');
  const paths = [...text.matchAll(PATH)].map(([, path = '']) => path);
  assert.ok(paths.length > 10, 'it names files');
  return paths.filter(
    path => !MADE.test(path) && ![`${folder}/${path}`, path].some(at => existsSync(new URL(at, ROOT))),
  );
}

for (const folder of ['src', 'test']) {
  test(`${folder}/README.md names no file or folder that does not exist`, () => {
    assert.deepEqual(missingIn(`${folder}/README.md`, folder), []);
  });
}

test('src/README.md names every folder of the source', () => {
  const text = readFileSync(new URL('src/README.md', ROOT), 'utf8');
  const folders = readdirSync(new URL('src', ROOT), { withFileTypes: true }).filter(one => one.isDirectory());
  assert.deepEqual(
    folders.map(({ name }) => name).filter(name => !text.includes(`| \`${name}/\` |`)),
    [],
  );
});

test('test/README.md names every script of package.json that tests', () => {
  const text = readFileSync(new URL('test/README.md', ROOT), 'utf8');
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
  const told = Object.keys(scripts).filter(name => !['build', 'demo', 'package'].includes(name));
  assert.deepEqual(
    told.filter(name => !text.includes(`npm run ${name}`) && !text.includes(`npm ${name}`)),
    [],
  );
});
