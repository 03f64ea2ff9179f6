import type { Clock } from './clock.js';

/** While so many have just been asked, no more are. */
const AT_ONCE = 500;
/** The server returns the ping to one that is not there well within this time, in ms. */
export const RETURNED = 1_000;

/** Pings that went out just now and have not come back: only so many do at once. */
export class Crowd {
  readonly #clock: Clock;
  /** When each went out, in ms, by its number. */
  readonly #fresh = new Map<number, number>();
  #proceed: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A ping goes out. */
  add(number: number): void {
    this.#fresh.set(number, this.#clock.now());
  }

  /** It has come back. */
  delete(number: number): void {
    if (this.#fresh.delete(number)) this.#proceed?.();
  }

  clear(): void {
    this.#fresh.clear();
    this.#proceed?.();
  }

  /** Waits until few are fresh; who is asleep holds up nobody for long. */
  async thins(): Promise<void> {
    for (;;) {
      const aged = this.#clock.now() - RETURNED;
      for (const [number, at] of this.#fresh) {
        if (at > aged) break;
        this.#fresh.delete(number);
      }
      if (this.#fresh.size < AT_ONCE) return;
      const [oldest = 0] = this.#fresh.values();
      await new Promise<void>(resolve => {
        const callOff = this.#clock.after(oldest - aged, resolve);
        this.#proceed = () => {
          callOff();
          resolve();
        };
      });
    }
  }
}
