import type { Clock } from '../replay/clock.js';
import type { Log } from './log.js';

/** Between two lines, in ms. */
const EVERY = 60_000;

/**
 * Lines of one kind that may come without end: the first is written at once, what comes within a minute after it is
 * summed up in one. Each of them is written at level debug.
 */
export class Summed {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #sum: (count: number) => string;
  #count = 0;
  #callOff: (() => void) | null = null;

  /** @param sum the line for so many that were left out */
  constructor(log: Log, clock: Clock, sum: (count: number) => string) {
    this.#log = log;
    this.#clock = clock;
    this.#sum = sum;
  }

  add(line: string): void {
    if (this.#callOff === null) {
      this.#log.info(line);
      this.#wait();
    } else {
      this.#log.debug(line);
      this.#count++;
    }
  }

  /** What was left out is written. */
  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
    this.#tell();
  }

  #wait(): void {
    this.#callOff = this.#clock.after(EVERY, () => {
      this.#callOff = null;
      if (this.#tell()) this.#wait();
    });
  }

  #tell(): boolean {
    if (this.#count === 0) return false;
    this.#log.info(this.#sum(this.#count), { count: this.#count });
    this.#count = 0;
    return true;
  }
}
