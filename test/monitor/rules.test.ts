import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { RULES, rulesText } from '../../src/monitor/rules.js';
import { unknownIn } from './expressions.js';
import { NEEDS_PROMTOOL, promtool } from './promtool.js';

const OF = 'job="respool", instance="a:9280"';
/** What Prometheus has read minute by minute where all is well: after two hours nothing is to fire. */
const WELL: Record<string, string> = {
  [`up{${OF}}`]: '1x120',
  [`respool_connected{${OF}}`]: '1x120',
  [`respool_spool_failing{${OF}}`]: '0x120',
  [`respool_copies_lost_total{${OF}}`]: '0x120',
  [`respool_last_copy_timestamp_seconds{${OF}}`]: '0+60x120',
  [`respool_peer_up{${OF}}`]: '1x120',
  [`respool_lost_total{${OF}}`]: '0x120',
  [`respool_messages_total{${OF}, outcome="delivered"}`]: '0+9x120',
  [`respool_messages_total{${OF}, outcome="replayed"}`]: '0+1x120',
  [`respool_messages_total{${OF}, outcome="evicted"}`]: '0x120',
  [`respool_alert{${OF}, alert="pending"}`]: '0x120',
};
/** For each rule what is otherwise where it is to fire, and what else fires with it. */
const WRONG: Record<string, { series: Record<string, string>; too?: string[] }> = {
  RespoolDown: { series: { [`up{${OF}}`]: '0x120' } },
  RespoolDisconnected: { series: { [`respool_connected{${OF}}`]: '0x120' } },
  RespoolSpoolFailing: { series: { [`respool_spool_failing{${OF}}`]: '1x120' } },
  RespoolLosesCopies: { series: { [`respool_copies_lost_total{${OF}}`]: '0+1x120' } },
  RespoolNoCopies: { series: { [`respool_last_copy_timestamp_seconds{${OF}}`]: '0x120' } },
  RespoolPeerDown: { series: { [`respool_peer_up{${OF}}`]: '0x120' } },
  RespoolLosesMessages: { series: { [`respool_lost_total{${OF}}`]: '0+0.01x120' } },
  RespoolEvicts: { series: { [`respool_messages_total{${OF}, outcome="evicted"}`]: '0+1x120' } },
  RespoolSuccessLow: { series: { [`respool_lost_total{${OF}}`]: '0+1x120' }, too: ['RespoolLosesMessages'] },
  RespoolOwnAlert: { series: { [`respool_alert{${OF}, alert="pending"}`]: '1x120' } },
};

/** Each alert that there is fires or does not, with these series. */
function scenario(series: Record<string, string>, firing: readonly string[]) {
  return {
    interval: '1m',
    input_series: Object.entries({ ...WELL, ...series }).map(([name, values]) => ({ series: name, values })),
    // whether it fires: what it then says is another matter
    promql_expr_test: RULES.map(({ alert }) => ({
      expr: `count(ALERTS{alertname="${alert}", alertstate="firing"})`,
      eval_time: '115m',
      exp_samples: firing.includes(alert) ? [{ labels: '{}', value: 1 }] : [],
    })),
  };
}

describe('the alerting rules', () => {
  test('speak of metrics that there are, with labels that they have', () => {
    for (const { alert, expr } of RULES) assert.deepEqual(unknownIn(expr.join(' ')), [], alert);
  });

  test('are YAML that says what they are', () => {
    const { groups } = parse(rulesText());
    assert.deepEqual(
      groups[0].rules.map(({ alert, for: lasting, labels, annotations }: Record<string, never>) => {
        return [alert, lasting, labels, annotations];
      }),
      RULES.map(one => [one.alert, one.for, { severity: one.severity }, { summary: one.summary }]),
    );
  });

  test('each fires on what it is for, and none where all is well', NEEDS_PROMTOOL, () => {
    assert.deepEqual(
      Object.keys(WRONG),
      RULES.map(({ alert }) => alert),
    );
    const wrong = Object.entries(WRONG).map(([alert, { series, too = [] }]) =>
      scenario(series, [alert, ...too]),
    );
    const tests = {
      rule_files: ['rules.yml'],
      evaluation_interval: '1m',
      tests: [scenario({}, []), ...wrong],
    };
    const files = { 'rules.yml': rulesText(), 'test.yml': JSON.stringify(tests) };
    const { status, said } = promtool(['test', 'rules', 'test.yml'], files);
    assert.equal(status, 0, said);
  });
});
