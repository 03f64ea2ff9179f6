import { setTimeout as sleep } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { openForReading } from '../../src/spool/open.js';

/** Looks into the daemon's spool from outside, so that only what is committed counts. */
export class Reader {
  readonly #db: Database.Database;
  readonly #counter;

  constructor(path: string) {
    this.#db = openForReading(path);
    this.#counter = this.#db.prepare<[string], number>('SELECT value FROM counter WHERE name = ?').pluck();
  }

  counter(name: string): number {
    return this.#counter.get(name) ?? 0;
  }

  /** Waits until a counter has come to this value. */
  async until(name: string, reached: (value: number) => boolean, timeout = 120_000): Promise<void> {
    const deadline = performance.now() + timeout;
    while (!reached(this.counter(name))) {
      if (performance.now() > deadline) throw new Error(`${name} stayed at ${this.counter(name)}`);
      await sleep(5);
    }
  }

  close(): void {
    this.#db.close();
  }
}
