import type { Live } from '../../src/monitor/live.js';

/** Of a process that has just started. */
export const STARTED: Live = {
  ...{
    version: '1.2.3',
    startedAt: 5_000,
    connected: false,
    away: 'not yet connected',
    acts: true,
    peer: null,
    lastCopyAt: null,
    sessions: 0,
    pings: 0,
  },
  ...{ loopLag: 0, commit: 0, failing: false, backlog: 0, lost: 0 },
  alerts: { pending: null, oldest: null, success_rate: null, disk_free: null, disconnected_for: null },
};
