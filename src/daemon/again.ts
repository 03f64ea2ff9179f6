import { type Clock, systemClock } from '../replay/clock.js';
import { Backoff } from '../xmpp/backoff.js';

export interface Persistence {
  /** Is this a failure that may pass? Any other one is thrown. */
  mayPass(error: unknown): error is Error;
  /** Told of a failure, unless it is the one of the attempt before. @param wait ms until the next attempt */
  failed(error: Error, wait: number): void;
  /** Ends it. */
  signal: AbortSignal;
  clock?: Clock;
  backoff?: Backoff;
}

/**
 * Tries until it succeeds, with growing waits in between.
 * @returns null where it was ended before
 * @throws what may not pass
 */
export async function untilItWorks<Result>(
  attempt: () => Promise<Result>,
  { mayPass, failed, signal, clock = systemClock, backoff = new Backoff() }: Persistence,
): Promise<Result | null> {
  for (let told = ''; !signal.aborted; ) {
    try {
      return await attempt();
    } catch (error) {
      if (!mayPass(error)) throw error;
      const wait = backoff.next();
      if (error.message !== told) failed(error, wait);
      told = error.message;
      await pause(wait, clock, signal);
    }
  }
  return null;
}

function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve();
    const callOff = clock.after(ms, () => {
      signal.removeEventListener('abort', end);
      resolve();
    });
    const end = () => {
      callOff();
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
