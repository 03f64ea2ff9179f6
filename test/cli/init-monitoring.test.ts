import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { dashboard } from '../../src/monitor/dashboard.js';
import { rulesText } from '../../src/monitor/rules.js';
import { respool } from './process.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respool-monitoring-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('init --grafana and --prometheus-rules', () => {
  test('are printed, without a config or a domain', async () => {
    const grafana = await respool(['init', '--grafana']);
    assert.deepEqual([grafana.code, grafana.stderr], [0, '']);
    assert.deepEqual(JSON.parse(grafana.stdout), JSON.parse(JSON.stringify(dashboard())));
    const rules = await respool(['init', '--prometheus-rules']);
    assert.deepEqual([rules.code, rules.stdout], [0, rulesText()]);
  });

  test('are written to files that others may read, and do not replace any', async () => {
    const [board, rules] = [join(folder, 'board.json'), join(folder, 'rules.yml')];
    const args = ['init', '--grafana', board, '--prometheus-rules', rules];
    const { code, stdout } = await respool(args);
    assert.deepEqual([code, stdout], [0, `${board} is written.\n${rules} is written.\n`]);
    assert.equal(readFileSync(rules, 'utf8'), rulesText());
    assert.equal(JSON.parse(readFileSync(board, 'utf8')).title, 'respool');
    assert.equal(statSync(board).mode & 0o777, 0o644);
    const again = await respool(args);
    assert.equal(again.code, 1);
    assert.match(
      again.stderr,
      /board\.json is there already .*--force replaces it, --grafana FILE writes another/,
    );
    assert.equal((await respool([...args, '--force'])).code, 0);
  });

  test('one is printed while the other is written', async () => {
    const rules = join(folder, 'rules.yml');
    const { stdout, stderr } = await respool(['init', '--grafana', '--prometheus-rules', rules]);
    assert.equal(JSON.parse(stdout).uid, 'respool');
    assert.equal(stderr, `${rules} is written.\n`);
  });

  test('wrong usage: 2', async () => {
    const wrong: [args: string[], why: RegExp][] = [
      [['--grafana', '--prometheus-rules'], /two texts cannot be printed at once/],
      [['--grafana', '--domain', 'respool.example.org'], /go without what makes a new config/],
    ];
    for (const [args, why] of wrong) {
      const { code, stdout, stderr } = await respool(['init', ...args]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, why);
    }
  });
});
