import type { Socket } from 'node:net';

/** The text that waits for the end of this turn of the event loop, to go out in one write. */
export class Gathered {
  readonly #socket: () => Socket | null;
  readonly #written: () => void;
  #text = '';

  /**
   * @param socket the one to write to at the end of the turn
   * @param written is called when it has taken all
   */
  constructor(socket: () => Socket | null, written: () => void) {
    this.#socket = socket;
    this.#written = written;
  }

  /** What is not yet in the kernel's hands, about in bytes (UTF-16 units). */
  get length(): number {
    return this.#text.length + (this.#socket()?.writableLength ?? 0);
  }

  add(text: string): void {
    if (this.#text === '') setImmediate(() => this.flush());
    this.#text += text;
  }

  flush(): void {
    const socket = this.#socket();
    const text = this.#text;
    this.#text = '';
    if (text === '') return;
    // A failed write calls back too, but then the socket's error has ended the attempt.
    socket?.write(text, () => {
      if (socket === this.#socket() && this.length === 0) this.#written();
    });
  }

  /** Lets go of what was not written. */
  clear(): void {
    this.#text = '';
  }
}
