import type { Live } from '../../monitor/live.js';
import type { Deliveries } from '../../spool/insight.js';
import type { Stats } from '../../spool/stats.js';
import type { Other } from '../../standby/role.js';
import type { Seen } from './look.js';

/** What is known, by one name whoever said it; null: it is not. Times in ms since 1970, sizes in bytes. */
export interface Summary {
  running: boolean;
  connected: boolean | null;
  startedAt: number | null;
  lastCopyAt: number | null;
  version: string | null;
  sessions: number | null;
  /** With the other respool; null: there is none, or it is not known. */
  standby: { acts: boolean; peer: string; other: Other } | null;
  pending: number | null;
  oldestAt: number | null;
  used: number | null;
  hour: Deliveries | null;
  day: Deliveries | null;
}

/** The daemon's own word, where it can be asked, else what it has written. */
export function summaryOf({ daemon, spool, config }: Seen): Summary {
  const stats: Stats | null = 'why' in spool ? null : spool.stats;
  const live: Live | null = daemon.is === 'asked' ? daemon.live : null;
  const state = daemon.is === 'asked' ? daemon.standby : null;
  const { peer } = config.standby;
  const running = daemon.is !== 'stopped';
  return {
    running,
    connected: running ? (live?.connected ?? stats?.connected ?? null) : false,
    startedAt: live?.startedAt ?? stats?.startedAt ?? null,
    lastCopyAt: live?.lastCopyAt ?? stats?.lastCopyAt ?? null,
    version: live?.version ?? null,
    sessions: live?.sessions ?? null,
    standby:
      state === null || peer === null ? null : { acts: state.role === 'acts', peer, other: state.other },
    pending: stats?.pending ?? null,
    oldestAt: stats?.oldestAt ?? null,
    used: stats?.bytes ?? null,
    ...('why' in spool ? { hour: null, day: null } : { hour: spool.hour, day: spool.day }),
  };
}
