import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { environmentFor } from '../../src/alerts/words.js';
import { topicNames } from '../../src/cli/manual/topics.js';
import { Output } from '../../src/cli/output.js';
import { program } from '../../src/cli/program.js';
import { loadConfig } from '../../src/config/load.js';
import { METRICS } from '../../src/monitor/metrics.js';
import { between, PARTS } from './tables.js';

const ROOT = new URL('../../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');
const MANUAL = topicNames().map(name => `src/manual/${name}.md`);
const readme = read('README.md');
/** All that operators read. */
const text = [readme, ...MANUAL.map(read)].join('\n');
const blocks = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml ?? '');

for (const { name, file, text } of PARTS) {
  test(`the ${name} reference is that of the code (else: node dist/test/docs/update.js)`, () => {
    assert.equal(between(name).exec(read(file))?.[0], text);
  });
}

test('README has 200 lines at most', () => {
  assert.ok(readme.split('\n').length - 1 <= 200);
});

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
  const named = [...text.matchAll(/`(RESPOOL_ALERT_[A-Z]+)`/g)].map(([, name]) => name);
  assert.deepEqual(named, known);
});

test('every command that is shown is one that exists', () => {
  const top = program(new Output(process.stdout), () => undefined);
  const words = '([a-z]+(?: [a-z]+(?=[\\s`]))?)'; // a command, and the one below it
  const line = new RegExp(`^ {4,}(?:runuser -u respool -- )?respool ${words}|\`respool ${words}`, 'gm');
  const shown = [...text.matchAll(line)];
  assert.ok(shown.length > 0);
  for (const [, inCode, called = inCode ?? ''] of shown) {
    const [first, second] = called.split(' ');
    const command = top.commands.find(one => one.name() === first);
    assert.ok(command !== undefined, called);
    if (command.commands.length === 0 || second === undefined) continue;
    assert.ok(
      command.commands.some(one => one.name() === second),
      words,
    );
  }
});

test('every link leads to a file, and to a heading of it', () => {
  for (const file of ['README.md', 'src/README.md', 'test/README.md', ...MANUAL]) {
    for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = target.split('#');
      const at = path === '' ? file : posix.join(posix.dirname(file), path);
      assert.ok(existsSync(new URL(at, ROOT)), `${file}: ${target}`);
      if (anchor === undefined) continue;
      const headings = [...read(at).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
      assert.ok(headings.includes(anchor), `${file}: ${target}`);
    }
  }
});

/** As web sites make it that show Markdown. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
