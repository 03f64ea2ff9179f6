import type { Database } from 'better-sqlite3';

/**
 * How much is pending by the minute in which it came, so that nobody has to read a million rows to know their ages.
 * Written once a batch.
 */
export class Ages {
  readonly #write;
  readonly #remove;
  readonly #changes = new Map<number, number>();

  constructor(db: Database) {
    this.#write = db
      .prepare<[number, number], number>(
        `INSERT INTO pending_age VALUES (?, ?) ON CONFLICT DO UPDATE SET pending = pending + excluded.pending
        RETURNING pending`,
      )
      .pluck();
    this.#remove = db.prepare<[number]>('DELETE FROM pending_age WHERE minute = ?');
  }

  add(minute: number, change: number): void {
    this.#changes.set(minute, (this.#changes.get(minute) ?? 0) + change);
  }

  write(): void {
    for (const [minute, change] of this.#changes) {
      if (change !== 0 && this.#write.get(minute, change) === 0) this.#remove.run(minute);
    }
    this.#changes.clear();
  }
}
