import type { Thresholds } from '../alerts/alert.js';
import type { Live } from '../monitor/live.js';
import { type Deliveries, type Series, successOf } from '../spool/insight.js';
import type { Overview } from '../spool/spool-reader.js';
import type { Limits, Period, SpoolStatus, Status } from './status.js';

/** What the config says that the page shows. */
export interface PageSettings {
  /** The component's own. */
  domain: string;
  /** Of the other respool; null: there is none. */
  peer: string | null;
  /** Names of users are shown. */
  names: boolean;
  limits: Omit<Limits, 'leastDiskFree'>;
  thresholds: Thresholds;
}

/** What there is to show, at one moment. */
export interface Seen {
  /** In ms since 1970. */
  at: number;
  live: Live;
  trouble: string | null;
  /** null: the spool cannot be read. */
  overview: Overview | null;
  /** In bytes; null: not known. */
  diskFree: number | null;
}

/** What the page is told; pure. Names of users are in it only where the config says so. */
export function statusOf(seen: Seen, settings: PageSettings): Status {
  const { at, live, trouble, overview } = seen;
  const { domain, peer, thresholds } = settings;
  const { version, startedAt, connected, sessions, pings, loopLag, commit, backlog, lost } = live;
  return {
    ...{ at, version, domain, startedAt, trouble, connected, sessions, pings, loopLag, commit, backlog },
    copiesLost: lost,
    standby: peer === null ? null : { acts: live.acts, peer, isThere: live.peer === true },
    lastCopyAt: live.lastCopyAt ?? overview?.stats.lastCopyAt ?? null,
    alerts: Object.entries(live.alerts).flatMap(([name, since]) =>
      since === null ? [] : [{ name, since, threshold: thresholds[name as keyof Thresholds] }],
    ),
    spool: overview === null ? null : spoolOf(overview, seen.diskFree, settings),
  };
}

function spoolOf(
  { stats, course, most }: Overview,
  diskFree: number | null,
  { names, limits, thresholds }: PageSettings,
): SpoolStatus {
  return {
    pending: stats.pending,
    oldestAt: stats.oldestAt,
    hour: periodOf(course.hour, course.minutes),
    day: periodOf(course.day, course.hours),
    month: periodOf(course.month, course.days),
    ages: course.ages,
    most: most.map(({ account, messages }) => ({ account: names ? account : null, messages })),
    domains: course.domains,
    bytes: stats.bytes,
    limits: { ...limits, leastDiskFree: thresholds.disk_free },
    diskFree,
  };
}

function periodOf(of: Deliveries, series: Series): Period {
  const { delivered, replayed, lost, saved } = of;
  return { delivered, replayed, lost, success: successOf(of), saved, series };
}
