import { isCrossed } from '../../alerts/alert.js';
import { textOfThreshold } from '../../alerts/words.js';
import { ALERTS } from '../../spool/alert-names.js';
import { connection, copies } from '../check/daemon.js';
import { type Finding, findingsOn } from '../check/finding.js';
import { age, fill } from '../check/spool.js';
import { reviewStandby } from '../check/standby.js';
import type { DaemonSeen, Seen } from './look.js';

/** As monitoring plugins name it, and the exit code that says so. */
export const CODES = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;
export type State = keyof typeof CODES;

export interface Verdict {
  state: State;
  /** What is wrong, the worst first. */
  problems: Finding[];
}

const LOG = 'read its log, which says why: journalctl -u respool';

/** What a status says. What `respool check` calls an error is critical. */
export function judge(seen: Seen): Verdict {
  const { daemon, spool } = seen;
  if (daemon.is === 'unasked' && !daemon.stuck && 'why' in spool) {
    return { state: 'unknown', problems: [unasked(daemon), unreadable(spool.why)] };
  }
  const found = [...ofConfig(seen), ...ofDaemon(seen), ...ofSpool(seen)];
  const errors = found.filter(({ level }) => level === 'error');
  const warnings = found.filter(({ level }) => level === 'warning');
  const state = errors.length > 0 ? 'critical' : warnings.length > 0 ? 'warning' : 'ok';
  return { state, problems: [...errors, ...warnings] };
}

/** The first that is wrong stands for all: `respool check` says them. */
function* ofConfig({ wrong, daemon }: Seen): Generator<Finding> {
  const [first] = wrong;
  if (first === undefined) return;
  const more = wrong.length === 1 ? '' : `, and ${wrong.length - 1} more`;
  const means =
    daemon.is === 'stopped'
      ? 'respool does not start with this'
      : 'the daemon goes on with what it has read, and would not start with this';
  yield findingsOn('config').warning(`${first}${more}`, {
    remedy: `correct it (respool check says all that is wrong): ${means}`,
  });
}

function* ofDaemon(seen: Seen): Generator<Finding> {
  const { error, warning } = findingsOn('connection');
  const { daemon, config, now } = seen;
  if (daemon.is === 'stopped') {
    yield error('the daemon is not running', {
      means: 'ejabberd drops the copies meanwhile: what it loses in this time respool cannot bring back',
      remedy: `systemctl start respool; or ${LOG}`,
    });
    return;
  }
  if (daemon.is === 'unasked') yield unasked(daemon);
  const stats = 'why' in seen.spool ? null : seen.spool.stats;
  const live = daemon.is === 'asked' ? daemon.live : null;
  const connected = live?.connected ?? stats?.connected ?? true;
  yield connection(config.domain, { connected, away: live?.away ?? null });
  if (live?.failing) {
    const advice = { means: 'what comes waits in memory, and is lost with it', remedy: LOG };
    yield findingsOn('spool').error('the spool cannot be written', advice);
  }
  if (live !== null && live.lost > 0) {
    yield warning(`${live.lost} copies were lost since the start`, {
      means: 'the spool could not be written, and memory for what waits was full',
      remedy: LOG,
    });
  }
  if (!connected) return;
  if (daemon.is === 'asked' && daemon.standby !== null && config.standby.peer !== null)
    yield* reviewStandby(daemon.standby, config.standby.peer);
  if (live === null && stats === null) return;
  const lastCopyAt = live?.lastCopyAt ?? stats?.lastCopyAt ?? null;
  const startedAt = live?.startedAt ?? stats?.startedAt ?? null;
  yield copies(config.domain, { lastCopyAt, startedAt }, now);
}

function* ofSpool({ spool, config, now, diskFree, disk, daemon }: Seen): Generator<Finding> {
  if (disk !== null) yield disk;
  if ('why' in spool) {
    if (daemon.is !== 'stopped') yield unreadable(spool.why);
    return;
  }
  const { stats, hour, facts } = spool;
  yield fill(stats, config.spool);
  yield age(stats, config.spool, now);
  const { warning } = findingsOn('alerts');
  if (hour.lost > 0) {
    yield warning(`${hour.lost} messages were lost for good in the last hour`, {
      means: 'they expired or were evicted before any device had them',
      remedy: 'respool queue undelivered lists them',
    });
  }
  const known = { ...facts, disk_free: diskFree, disconnected_for: null }; // that there is no connection is an error anyway
  for (const alert of ALERTS) {
    const [value, threshold] = [known[alert], config.alerts.thresholds[alert]];
    if (value === null || threshold === null || !isCrossed(alert, value, threshold)) continue;
    yield warning(textOfThreshold(alert, value, threshold), { remedy: REMEDIES[alert] });
  }
}

/** Where to look, by what is crossed. */
const REMEDIES = {
  pending: 'see who has most and how old it is: respool stats --table --by account',
  oldest: 'see whose it is: respool queue list --limit 10',
  success_rate: 'see what was lost, and why: respool queue undelivered',
  disk_free: 'free some, or lower spool.max_size',
  disconnected_for: LOG,
} as const;

function unasked({ why, stuck }: Extract<DaemonSeen, { is: 'unasked' }>): Finding {
  if (stuck) {
    return findingsOn('connection').error(`the daemon is stuck: ${why}`, {
      remedy: `where it stays so, systemctl restart respool; ${LOG}`,
    });
  }
  return findingsOn('connection').warning(`the running daemon cannot be asked (${why})`, {
    remedy: 'run this as the user that runs respool; where the daemon is of an older version, restart it',
  });
}

function unreadable(why: string): Finding {
  return findingsOn('spool').error(why, {
    remedy: 'run this as the user that runs respool; or respool check',
  });
}
