import type { Clock } from '../replay/clock.js';

/** What has to be so for the service to be alive. */
export interface Work {
  /** Asks the spool's thread something; resolves when it has answered. null: there is none yet. */
  answers(): Promise<unknown> | null;
  /** The thread has said that it cannot write: that is no reason to end it, for what waits for the disk would be lost. */
  isFailing(): boolean;
}

export interface WatchdogOptions {
  /** Between two signs of life, in ms. */
  every: number;
  work: Work;
  clock: Clock;
  /** Gives the sign. */
  feed(): void;
}

/**
 * How often systemd is to be told that this process is alive: twice as often as it needs (sd_watchdog_enabled(3)).
 * @param inherits it has taken over from the process that systemd has started
 * @returns in ms; null: it does not watch
 */
export function watchdogInterval(
  { WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv,
  pid: number,
  inherits: boolean,
): number | null {
  const time = /^\d{1,15}$/.test(WATCHDOG_USEC ?? '') ? Number(WATCHDOG_USEC) : 0;
  if (time === 0) return null;
  if (WATCHDOG_PID && Number(WATCHDOG_PID) !== pid && !inherits) return null;
  return Math.max(1, Math.floor(time / 2_000));
}

/** Tells systemd that respool is alive while its event loop turns and the spool's thread answers. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #isAsking = false;
  #isStopped = false;
  #callOff: () => void = () => undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#callOff();
  }

  #look(): void {
    const { every, clock } = this.#options;
    this.#ask();
    this.#callOff = clock.after(every, () => this.#look());
  }

  #ask(): void {
    const { work, feed } = this.#options;
    const answer = work.isFailing() ? null : this.#isAsking ? undefined : work.answers();
    if (answer === null) return feed(); // the event loop turns, and more cannot be known
    if (answer === undefined) return; // the last question has not been answered
    this.#isAsking = true;
    void answer.then(() => {
      this.#isAsking = false;
      if (!this.#isStopped) feed();
    });
  }
}
