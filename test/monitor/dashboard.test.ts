import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dashboard } from '../../src/monitor/dashboard.js';
import { METRICS } from '../../src/monitor/metrics.js';
import { metricsIn, unknownIn } from './expressions.js';
import { NEEDS_PROMTOOL, promtool } from './promtool.js';

const board = dashboard();
const panels = board.panels.filter(({ type }) => type !== 'row');
const targets = panels.flatMap(({ title, targets: all }) =>
  (all as { expr: string }[]).map(({ expr }) => ({ title, expr })),
);

describe('the dashboard', () => {
  test('asks for metrics that there are, with labels that they have', () => {
    assert.ok(targets.length > 20);
    for (const { title, expr } of targets) assert.deepEqual(unknownIn(expr), [], title);
  });

  test('shows every metric that there is', () => {
    const shown = new Set(targets.flatMap(({ expr }) => metricsIn(expr)));
    assert.deepEqual(
      METRICS.map(({ name }) => name).filter(name => !shown.has(name)),
      [],
    );
  });

  test('asks of the job and the instance that are chosen, wherever it names a metric', () => {
    for (const { title, expr } of targets) {
      const named = expr.match(/respool_\w+/g)?.length;
      const chosen = expr.match(/respool_\w+\{job=~"\$job",instance=~"\$instance"/g)?.length;
      assert.equal(chosen, named, title);
    }
    const names = board.templating.list.map(({ name }) => name);
    assert.deepEqual(names, ['datasource', 'job', 'instance']);
    for (const panel of panels)
      assert.deepEqual(panel.datasource, { type: 'prometheus', uid: `\${datasource}` });
  });

  test('has expressions that Prometheus reads', NEEDS_PROMTOOL, () => {
    const plain = (expr: string) =>
      expr
        .replaceAll('$__rate_interval', '5m')
        .replaceAll('$__range', '6h')
        .replaceAll(/\$(job|instance)/g, '.+');
    const rules = targets.map(({ expr }, at) => ({ record: `panel:${at}`, expr: plain(expr) }));
    const file = JSON.stringify({ groups: [{ name: 'panels', rules }] }); // JSON is YAML
    const { status, said } = promtool(['check', 'rules', 'rules.yml'], { 'rules.yml': file });
    assert.equal(status, 0, said);
  });

  test('has a number for each panel, and no two in one place, nor over the edge', () => {
    assert.equal(new Set(board.panels.map(({ id }) => id)).size, board.panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of board.panels) {
      const { x, y, w, h } = gridPos;
      assert.ok(x + w <= 24, title);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          assert.ok(!taken.has(`${column} ${line}`), title);
          taken.add(`${column} ${line}`);
        }
      }
    }
  });
});

test('what reads expressions finds a metric and a label that there are not', () => {
  assert.deepEqual(unknownIn('rate(respool_made_up_total[5m])'), ['respool_made_up_total']);
  assert.deepEqual(unknownIn('respool_saved_total{outcome="x"}'), ['respool_saved_total{outcome}']);
  assert.deepEqual(unknownIn('sum by (kind) (respool_saved_total)'), ['respool_saved_total{kind}']);
  assert.deepEqual(unknownIn('respool_proof_seconds{by="respool"}'), ['respool_proof_seconds']);
});
