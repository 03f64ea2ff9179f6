import type { Log } from '../monitor/log.js';

/** An ending that takes longer than this, in ms, is cut short; what was not committed then was not promised either. */
const LONGEST_END = 5_000;

/**
 * Listens for what tells the process to end. A second signal of the same kind ends it at once, as by default.
 * @returns resolves with the first signal
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

/** Sees to it that the process ends, even where something hangs. */
export function endSoon(log: Log): void {
  setTimeout(() => {
    log.error(`not ended within ${LONGEST_END / 1000} s; ending without waiting any longer`);
    process.exit(1);
  }, LONGEST_END).unref();
}

/** Has each SIGHUP call this, instead of ending the process. */
export function onHangup(reload: () => void): void {
  process.on('SIGHUP', reload);
}
