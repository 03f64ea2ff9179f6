import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../src/replay/clock.js';

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 0;
  #next = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();
  readonly #start: number;

  /** @param start what date() says at the beginning, in ms since 1970 */
  constructor(start = Date.UTC(2026, 10, 23, 4, 42, 21)) {
    this.#start = start;
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#start + this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const key = this.#next++;
    this.#timers.set(key, { at: this.#now + ms, callback });
    return () => this.#timers.delete(key);
  }

  /** Goes on to a moment, by now(), and calls back what is due on the way; promises settle in between. */
  async goTo(moment: number): Promise<void> {
    await turn();
    for (;;) {
      let first: { key: number; at: number; callback: () => void } | undefined;
      for (const [key, timer] of this.#timers) {
        if (timer.at <= moment && (first === undefined || timer.at < first.at)) first = { key, ...timer };
      }
      if (first === undefined) break;
      this.#now = Math.max(this.#now, first.at);
      this.#timers.delete(first.key);
      first.callback();
      await turn();
    }
    this.#now = Math.max(this.#now, moment);
  }

  /** Goes on by so many ms. */
  pass(ms: number): Promise<void> {
    return this.goTo(this.#now + ms);
  }
}
