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

/** Sees to it that the process ends, even where something hangs. Returns what calls it off. */
export function endSoon(log: Log): () => void {
  const timer = setTimeout(() => {
    log.error(`not ended within ${LONGEST_END / 1000} s; ending without waiting any longer`);
    process.exit(1);
  }, LONGEST_END).unref();
  return () => clearTimeout(timer);
}

/** Has each SIGHUP call this, and nothing else, instead of ending the process. */
export function onHangup(reload: () => void): void {
  process.removeAllListeners('SIGHUP');
  process.on('SIGHUP', reload);
}
