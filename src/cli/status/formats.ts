import { harmless } from '../../monitor/harmless.js';
import { render } from '../../monitor/metrics.js';
import { type Deliveries, successOf } from '../../spool/insight.js';
import { NEARLY_FULL } from '../check/spool.js';
import { duration, percent, utc } from '../format.js';
import { deliveriesAsJson } from '../stats.js';
import { CODES, type Verdict } from './judge.js';
import type { Seen } from './look.js';
import { summaryOf } from './summary.js';

/** For scripts; `respool help json` lists the keys. */
export function statusJson(seen: Seen, { state, problems }: Verdict) {
  const known = summaryOf(seen);
  const { standby } = known;
  return {
    status: state,
    code: CODES[state],
    running: known.running,
    connected: known.connected,
    version: known.version,
    started_at: utc(known.startedAt),
    last_copy_at: utc(known.lastCopyAt),
    sessions: known.sessions,
    role: standby === null ? null : standby.acts ? 'acts' : 'watches',
    peer: standby?.peer ?? null,
    peer_role: standby?.other.is === 'there' ? standby.other.role : null,
    pending: known.pending,
    oldest_pending_at: utc(known.oldestAt),
    max_age: seen.config.spool.maxAge,
    spool_bytes: known.used,
    max_size: seen.config.spool.maxSize,
    disk_free: seen.diskFree,
    delivery: { last_hour: due(known.hour), last_day: due(known.day) },
    problems: problems.map(({ check, level, text, means = null, remedy = null }) => {
      return { check, level: level === 'error' ? 'critical' : level, text, means, remedy };
    }),
  };
}

function due(of: Deliveries | null) {
  if (of === null) return null;
  const { saved: _, ...rest } = deliveriesAsJson(of);
  return rest;
}

/** A line for Nagios, Icinga and the like, with what may be drawn behind `|`, and a line for each problem. */
export function statusNagios(seen: Seen, { state, problems }: Verdict): string {
  const [worst, ...others] = problems.map(({ text, remedy }) =>
    plain(remedy === undefined ? text : `${text}; ${remedy}`),
  );
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const says = worst === undefined ? calm(seen) : worst + more;
  const data = [...perfdata(seen)].join(' ');
  return [`RESPOOL ${state.toUpperCase()} - ${says}${data === '' ? '' : ` | ${data}`}`, ...others, ''].join(
    '\n',
  );
}

function calm(seen: Seen): string {
  const { pending, oldestAt, hour } = summaryOf(seen);
  const old = oldestAt === null ? '' : `, the oldest for ${duration(Math.max(0, seen.now - oldestAt))}`;
  const success = hour === null ? null : successOf(hour);
  const rate = success === null ? '' : `, ${percent(success)} of the last hour delivered`;
  return `connected, ${pending} pending${old}${rate}`;
}

/** Each as `label=value[unit];warning;critical;least;most`, after the guidelines of the Monitoring Plugins. */
function* perfdata(seen: Seen): Generator<string> {
  const { config, now, diskFree } = seen;
  const { pending, oldestAt, used, hour, day, sessions } = summaryOf(seen);
  const { thresholds } = config.alerts;
  const { maxSize } = config.spool;
  const above = (threshold: number | null) => (threshold === null ? '' : String(threshold));
  if (pending !== null) {
    const old = oldestAt === null ? 0 : Math.round(Math.max(0, now - oldestAt) / 1_000);
    const oldest = thresholds.oldest === null ? null : thresholds.oldest / 1_000;
    yield `pending=${pending};${above(thresholds.pending)};;0`;
    yield `oldest=${old}s;${above(oldest)};;0`;
  }
  if (used !== null) yield `spool=${used}B;${Math.floor(NEARLY_FULL * maxSize)};;0;${maxSize}`;
  if (diskFree !== null) {
    const least = thresholds.disk_free === null ? '' : `${thresholds.disk_free}:`;
    yield `disk_free=${diskFree}B;${least};;0`;
  }
  const rates = [
    ['success_hour', hour],
    ['success_day', day],
  ] as const;
  for (const [label, of] of rates) {
    const success = of === null ? null : successOf(of);
    const least = label === 'success_hour' ? thresholds.success_rate : null;
    if (success === null) continue;
    yield `${label}=${(100 * success).toFixed(2)}%;${least === null ? '' : `${100 * least}:`};;0;100`;
  }
  if (hour !== null) yield `lost_hour=${hour.lost};0;;0`;
  if (sessions !== null) yield `sessions=${sessions};;;0`;
}

/** Behind `|` would be numbers. */
function plain(text: string): string {
  return harmless(text).replaceAll('|', '/');
}

/** The metrics of /metrics, for the textfile collector of the node exporter, and the status itself. */
export async function statusPrometheus({ daemon, spool, now }: Seen, { state }: Verdict): Promise<string> {
  const stats = 'why' in spool ? null : spool.stats;
  const live = daemon.is === 'asked' ? daemon.live : null;
  const own = [
    '# HELP respool_status How it stands, as respool status says: 0 ok, 1 warning, 2 critical, 3 unknown',
    '# TYPE respool_status gauge',
    `respool_status ${CODES[state]}`,
  ];
  return `${own.join('\n')}\n\n${await render({ stats, live, now })}`;
}
