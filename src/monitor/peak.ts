/** The highest of the values of the last minute, kept by the second. */
export class Peak {
  readonly #now: () => number;
  /** By second, of the last minute. */
  readonly #peaks = new Map<number, number>();

  /** @param now in ms that only go forward */
  constructor(now: () => number) {
    this.#now = now;
  }

  add(value: number): void {
    const second = this.#second;
    this.#peaks.set(second, Math.max(value, this.#peaks.get(second) ?? 0));
    for (const one of this.#peaks.keys()) {
      if (one > second - MINUTE) break;
      this.#peaks.delete(one);
    }
  }

  /** 0 where there was none. */
  get value(): number {
    const since = this.#second - MINUTE;
    let highest = 0;
    for (const [second, peak] of this.#peaks) if (second > since) highest = Math.max(highest, peak);
    return highest;
  }

  get #second(): number {
    return Math.floor(this.#now() / 1000);
  }
}

/** In seconds. */
const MINUTE = 60;
