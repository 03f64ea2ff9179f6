import { SpoolReader } from './spool-reader.js';

/** A reader within the daemon waits for a locked spool no longer than this, in ms: it keeps the thread that reads the socket. */
const PATIENCE = 100;

/** Keeps a connection to the spool for as long as it works. */
export class LastingReader {
  readonly #path: string;
  #reader: SpoolReader | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws where the spool cannot be read; the next call tries again */
  use<T>(read: (reader: SpoolReader) => T): T {
    this.#reader ??= SpoolReader.open(this.#path, PATIENCE);
    try {
      return read(this.#reader);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#reader?.close();
    this.#reader = null;
  }
}
