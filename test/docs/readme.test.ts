import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { environmentFor } from '../../src/alerts/words.js';
import { loadConfig } from '../../src/config/load.js';
import { METRICS } from '../../src/monitor/metrics.js';
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

describe('the alert rules', () => {
  const rules = blocks.find(block => block.includes('- alert:')) ?? '';

  test('speak of metrics that there are, with labels that they have', () => {
    const expressions = parse(rules).groups[0].rules.map(({ expr }: { expr: string }) => expr);
    assert.ok(expressions.length > 0);
    const metrics = new Map(METRICS.map(({ name, label }) => [name, label]));
    for (const [, name = '', label] of expressions.join('\n').matchAll(/\b(respool_\w+)(?:\{(\w+)=)?/g)) {
      assert.ok(metrics.has(name), name);
      if (label !== undefined) assert.equal(metrics.get(name), label, `${name}{${label}}`);
    }
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  test('are accepted by promtool', { skip: promtool ? false : 'promtool is not installed' }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'respool-rules-'));
    const file = join(folder, 'rules.yml');
    writeFileSync(file, rules);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, /SUCCESS/);
  });
});

test('the example of alerts and admins is accepted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'respool-readme-'));
  const file = join(folder, 'respool.yml');
  const component = 'component: {domain: respool.example.org, secret: x}\n';
  const examples = blocks.filter(block => /^(alerts|admins):/.test(block));
  assert.equal(examples.length, 2);
  writeFileSync(file, component + examples.join(''), { mode: 0o600 });
  const { config } = loadConfig(file, {});
  rmSync(folder, { recursive: true });
  assert.ok(Object.values(config.alerts.thresholds).every(threshold => threshold !== null));
  assert.deepEqual([...config.admins], ['admin@example.org']);
});

test('every variable of an alert that is named is one that there is', () => {
  const change = { alert: 'pending', state: 'over', value: 1, threshold: 1, since: 0 } as const;
  const known = Object.keys(environmentFor(change, 'respool.example.org', ''));
  const named = [...readme.matchAll(/`(RESPOOL_ALERT_[A-Z]+)`/g)].map(([, name]) => name);
  assert.deepEqual(named, known);
});

test('every command that is shown is one that exists', () => {
  const commands = new Set(['init', 'run', 'check', 'queue', 'devices', 'forget', 'stats']);
  const inCode = [...readme.matchAll(/^ *(?:runuser -u respool -- )?respool ([a-z]+)|`respool ([a-z]+)/gm)];
  assert.ok(inCode.length > 0);
  for (const [, line, word = line ?? ''] of inCode) assert.ok(commands.has(word), word);
});
