import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertSettings } from '../../src/alerts/alert.js';
import { checkAlerts } from '../../src/cli/check/alerts.js';
import type { Stats } from '../../src/spool/stats.js';
import { NO_ALERTS } from '../no-alerts.js';

const PENDING = { ...NO_ALERTS.thresholds, pending: 5 };
const crossed = (alerts: object) => ({ alerts }) as Stats;

function found(settings: Partial<AlertSettings>, stats: Stats | null = null): string[] {
  const findings = [...checkAlerts({ alerts: { ...NO_ALERTS, ...settings } }, stats, 61_000)];
  return findings.map(({ check, level, text }) => `${check} ${level}: ${text}`);
}

test('who is told of what', () => {
  assert.deepEqual(found({ thresholds: PENDING }), []);
  assert.deepEqual(found({ thresholds: PENDING, to: ['ops@example.org'], command: ['/bin/true'] }), [
    'alerts ok: ops@example.org, the command /bin/true will be told of pending',
  ]);
});

test('a command that cannot be run is an error that says what to do', () => {
  const [error] = found({ command: ['/nowhere/tell'] });
  assert.equal(
    error,
    'alerts error: /nowhere/tell cannot be run (there is no such file); correct alerts.command, or chmod +x it',
  );
});

test('what is crossed is a warning', () => {
  const none = { pending: null, oldest: null, success_rate: null, disk_free: null, disconnected_for: null };
  assert.deepEqual(found({}, crossed(none)), []);
  assert.deepEqual(found({}, crossed({ ...none, oldest: 1_000 })), [
    'alerts warning: alerts.oldest has been crossed for 1m; respool stats and its log say more',
  ]);
});
