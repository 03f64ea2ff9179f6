import { terminal } from './terminal.js';

const WIDTH = 30;
/** Between two drawings, in ms. */
const EVERY = 100;

/** A bar on the terminal at stderr; nothing where that is none. */
export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #isShown = terminal(process.stderr) !== null;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(what: string, total: number) {
    this.#what = what;
    this.#total = Math.max(1, total);
  }

  at(done: number): void {
    if (!this.#isShown || performance.now() - this.#drawnAt < EVERY) return;
    this.#drawnAt = performance.now();
    const part = Math.min(1, done / this.#total);
    const bar = '#'.repeat(Math.floor(part * WIDTH)).padEnd(WIDTH, '.');
    process.stderr.write(`\r${this.#what} [${bar}] ${String(Math.floor(part * 100)).padStart(3)} %`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[K');
  }
}
