/** Bounds of a back-off, in milliseconds. */
export interface BackoffOptions {
  /** the ceiling of the first delay; each further one has twice the ceiling of the one before */
  first?: number;
  /** no ceiling is higher */
  most?: number;
  /** no delay is shorter */
  least?: number;
  /** gives numbers from 0 up to, but without, 1 */
  random?: () => number;
}

/**
 * Exponential back-off with full jitter: each delay is anywhere between `least` and a ceiling that doubles, so that
 * the components of a server that comes back do not all knock at the same moment.
 */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  readonly #least: number;
  readonly #random: () => number;
  #ceiling: number;

  constructor({ first = 1000, most = 30_000, least = 500, random = Math.random }: BackoffOptions = {}) {
    this.#first = first;
    this.#most = most;
    this.#least = least;
    this.#random = random;
    this.#ceiling = first;
  }

  /** @returns how long to wait before the next attempt, in whole milliseconds */
  next(): number {
    const ceiling = Math.min(this.#ceiling, this.#most);
    this.#ceiling = Math.min(ceiling * 2, this.#most);
    return Math.round(Math.max(this.#least, this.#random() * ceiling));
  }

  /** Starts again from the first delay: an attempt has succeeded. */
  reset(): void {
    this.#ceiling = this.#first;
  }
}
