import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import { between, TABLES } from './tables.js';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const blocks = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml ?? '');

for (const [name, table] of Object.entries(TABLES)) {
  test(`the ${name} reference is that of the code (else: node dist/test/docs/update.js)`, () => {
    assert.equal(between(name).exec(readme)?.[0], table);
  });
}

test('the example config is accepted as it stands, and fits the example of ejabberd.yml', () => {
  const ours = blocks.find(block => block.includes('\ncomponent:') || block.startsWith('component:'));
  const theirs = blocks.find(block => block.includes('ejabberd_service'));
  assert.ok(ours !== undefined && theirs !== undefined);
  const folder = mkdtempSync(join(tmpdir(), 'respool-readme-'));
  const file = join(folder, 'respool.yml');
  writeFileSync(file, ours, { mode: 0o600 });
  const { config, warnings } = loadConfig(file, {});
  rmSync(folder, { recursive: true });
  assert.deepEqual(warnings, []);
  const { listen, modules } = parse(theirs);
  const { port, check_from, hosts } = listen[0];
  const { domain, secret } = config.component;
  assert.deepEqual([port, check_from], [config.component.port, false]);
  assert.deepEqual(hosts, { [domain]: { password: secret } });
  assert.deepEqual(modules, { mod_service_log: { loggers: [domain] } });
});

test('every command that is shown is one that exists', () => {
  const commands = new Set(['init', 'run', 'check', 'queue', 'devices', 'forget', 'stats']);
  const inCode = [...readme.matchAll(/^ *(?:runuser -u respool -- )?respool ([a-z]+)|`respool ([a-z]+)/gm)];
  assert.ok(inCode.length > 0);
  for (const [, line, word = line ?? ''] of inCode) assert.ok(commands.has(word), word);
});
