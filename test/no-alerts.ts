import type { AlertSettings } from '../src/alerts/alert.js';

/** Nothing is told to anybody. */
export const NO_ALERTS: AlertSettings = {
  thresholds: { pending: null, oldest: null, success_rate: null, disk_free: null, disconnected_for: null },
  to: [],
  command: null,
  heartbeat: null,
};
