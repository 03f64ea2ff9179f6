import type { Database } from 'better-sqlite3';
import type { Counters } from './counters.js';
import { minuteOf } from './flow.js';

/**
 * How much is pending, in all and by the minute in which it came, so that nobody has to read a million rows to know their ages.
 * Written once a batch.
 */
export class Ages {
  readonly #counters: Counters;
  readonly #write;
  readonly #remove;
  readonly #changes = new Map<number, number>();

  constructor(db: Database, counters: Counters) {
    this.#counters = counters;
    this.#write = db
      .prepare<[number, number], number>(
        `INSERT INTO pending_age VALUES (?, ?) ON CONFLICT DO UPDATE SET pending = pending + excluded.pending
        RETURNING pending`,
      )
      .pluck();
    this.#remove = db.prepare<[number]>('DELETE FROM pending_age WHERE minute = ?');
  }

  /** More or less is pending of what came at this moment. */
  add(receivedAt: number, change: number): void {
    const minute = minuteOf(receivedAt);
    this.#changes.set(minute, (this.#changes.get(minute) ?? 0) + change);
  }

  /** The counters are to be written after it. */
  write(): void {
    for (const [minute, change] of this.#changes) {
      this.#counters.add('pending', change);
      if (change !== 0 && this.#write.get(minute, change) === 0) this.#remove.run(minute);
    }
    this.#changes.clear();
  }
}
