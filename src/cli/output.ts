import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';

/** Nobody reads the output any more (`respool queue list | head`): time to end, quietly. */
export class OutputClosed extends Error {}

/** Writes as fast as the reader reads, so that long output needs no memory. */
export class Output {
  readonly #stream: Writable;
  #failure: Error | null = null;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure = error.code === 'EPIPE' ? new OutputClosed() : error;
    });
  }

  /** How wide the terminal is; undefined where it is none. */
  get columns(): number | undefined {
    return (this.#stream as Partial<WriteStream>).columns;
  }

  /** @throws OutputClosed where the reader has gone */
  async write(text: string): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#stream.write(text)) return;
    try {
      await once(this.#stream, 'drain');
    } catch (error) {
      throw this.#failure ?? error;
    }
  }

  async line(text: string): Promise<void> {
    await this.write(`${text}\n`);
  }
}
