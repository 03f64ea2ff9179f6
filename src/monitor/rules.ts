/** An alerting rule for Prometheus. */
export interface Rule {
  alert: string;
  /** In PromQL, a line each. */
  expr: readonly string[];
  /** How long it has to be so, as Prometheus writes it; left out: at once. */
  for?: string;
  /** `critical`: messages are being lost, or may be; somebody has to come. */
  severity: 'critical' | 'warning';
  /** What is so, and what to do. */
  summary: string;
}

const ARRIVED =
  'sum by (job, instance) (increase(respool_messages_total{outcome=~"delivered|replayed"}[1h]))';
const LOST = 'sum by (job, instance) (increase(respool_lost_total[1h]))';

export const RULES: readonly Rule[] = [
  {
    alert: 'RespoolDown',
    expr: ['up{job="respool"} == 0'],
    for: '2m',
    severity: 'critical',
    summary: 'respool does not run: copies are lost meanwhile',
  },
  {
    alert: 'RespoolDisconnected',
    expr: ['respool_connected == 0'],
    for: '2m',
    severity: 'critical',
    summary: 'respool is not connected to ejabberd: copies are lost meanwhile; its log says why',
  },
  {
    alert: 'RespoolSpoolFailing',
    expr: ['respool_spool_failing == 1'],
    for: '1m',
    severity: 'critical',
    summary: 'the spool cannot be written: its log says why; what comes waits in memory',
  },
  {
    alert: 'RespoolLosesCopies',
    expr: ['increase(respool_copies_lost_total[1h]) > 0'],
    severity: 'critical',
    summary: '{{ $value }} copies were lost: memory for what waits for the spool is full',
  },
  {
    alert: 'RespoolNoCopies',
    expr: ['time() - respool_last_copy_timestamp_seconds > 900'],
    severity: 'warning',
    summary: 'no copy for 15 minutes: is mod_service_log still there?',
  },
  {
    alert: 'RespoolPeerDown',
    expr: ['respool_peer_up == 0'],
    for: '5m',
    severity: 'warning',
    summary: 'the other respool (standby.peer) is not there: nobody takes over where this one ends',
  },
  {
    alert: 'RespoolLosesMessages',
    expr: ['increase(respool_lost_total[1h]) > 0'],
    severity: 'warning',
    summary: '{{ $value }} messages expired or were evicted before any device had them',
  },
  {
    alert: 'RespoolEvicts',
    expr: ['increase(respool_messages_total{outcome="evicted"}[1h]) > 0'],
    severity: 'warning',
    summary: 'a quota is full, and respool evicts messages: its log names the quota (evicted … over …)',
  },
  {
    alert: 'RespoolSuccessLow',
    expr: [ARRIVED, `/ (${ARRIVED} + ${LOST})`, '< 0.99'],
    for: '15m',
    severity: 'warning',
    summary: 'only {{ $value | humanizePercentage }} of what was due was delivered',
  },
  {
    alert: 'RespoolOwnAlert',
    expr: ['respool_alert == 1'],
    severity: 'warning',
    summary: 'alerts.{{ $labels.alert }} of respool.yml is crossed',
  },
];

/** @returns the rules as a file for `rule_files` of Prometheus, in YAML */
export function rulesText(rules: readonly Rule[] = RULES): string {
  const lines = ['groups:', '  - name: respool', '    rules:'];
  for (const { alert, expr, severity, summary, for: lasting } of rules) {
    const [only = ''] = expr;
    lines.push(`      - alert: ${alert}`);
    if (expr.length === 1) lines.push(`        expr: ${only}`);
    else lines.push('        expr: >', ...expr.map(line => `          ${line}`));
    if (lasting !== undefined) lines.push(`        for: ${lasting}`);
    lines.push(`        labels: {severity: ${severity}}`);
    lines.push(`        annotations: {summary: ${JSON.stringify(summary)}}`);
  }
  return `${lines.join('\n')}\n`;
}
