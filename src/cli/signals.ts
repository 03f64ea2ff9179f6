import type { Log } from '../monitor/log.js';

/** An ending that takes longer than this, in ms, is cut short; what was not committed then was not promised either. */
const LONGEST_END = 5_000;
/** One that another process waits for: nobody else has what is still to be committed, and that process cannot go on without it. */
const LONGEST_LEAVING = 60_000;

/**
 * Listens for what tells the process to end. A second signal of the same kind ends it at once, as by default.
 * @returns resolves with the first signal
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

/**
 * Sees to it that the process ends, even where something hangs.
 * @param isLeaving another process takes over
 * @returns how long what cannot be written is tried again, in ms, and what calls it off
 */
export function endSoon(log: Log, isLeaving: boolean): { patience: number; callOff(): void } {
  const longest = isLeaving ? LONGEST_LEAVING : LONGEST_END;
  const timer = setTimeout(() => {
    log.error(`not ended within ${longest / 1000} s; ending without waiting any longer`);
    process.exit(1);
  }, longest).unref();
  return { patience: isLeaving ? longest : 0, callOff: () => clearTimeout(timer) };
}

/** Catches each SIGHUP, which would else end this process. One that comes while nobody takes it waits. */
export class Hangups {
  /** Has one come? */
  came = false;
  #take: (() => void) | null = null;
  #isWaiting = false;

  constructor() {
    process.on('SIGHUP', () => {
      this.came = true;
      if (this.#take === null) this.#isWaiting = true;
      else this.#take();
    });
  }

  /** Gives one that waits, and each that comes from now on, to this; null: they wait. */
  giveTo(take: (() => void) | null): void {
    this.#take = take;
    if (take === null || !this.#isWaiting) return;
    this.#isWaiting = false;
    take();
  }
}
