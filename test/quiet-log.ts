import type { Log } from '../src/monitor/log.js';

/** A log that nobody reads. */
export const QUIET: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
