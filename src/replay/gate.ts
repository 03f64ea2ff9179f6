/**
 * Lets replays through a few chunks at a time, and only while the stream's buffer is short: however many devices return
 * at once, memory holds no more than that.
 */
export class Gate {
  readonly #isOpen: () => boolean;
  #last: Promise<unknown> = Promise.resolve();
  #opened: (() => void) | null = null;

  /** @param isOpen whether the stream takes more now */
  constructor(isOpen: () => boolean) {
    this.#isOpen = isOpen;
  }

  /** Runs the work in its turn. */
  pass<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      while (!this.#isOpen()) await new Promise<void>(resolve => (this.#opened = resolve));
      return work();
    });
    this.#last = turn.catch(() => undefined); // whoever asked for the work hears of its failure
    return turn;
  }

  /** To be called when the stream has drained, or is gone. */
  open(): void {
    this.#opened?.();
    this.#opened = null;
  }
}
