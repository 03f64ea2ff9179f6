import type { Database } from 'better-sqlite3';
import { weightOf } from './weight.js';

/** How many lines are kept. */
const MOST = 100_000;
/** A line has so many characters of the message's id, which its sender has chosen. */
export const LONGEST_ID = 200;

const SIZE = 'octet_length(account) + octet_length(sender) + coalesce(octet_length(stanza_id), 0)';

/** The lines that are kept about what left without having been delivered: the oldest go first. */
export class Lines {
  readonly #statements;
  /** The weight of those up to this id; null: it is to be read. */
  #counted: { weight: number; upTo: number } | null = null;

  constructor(db: Database) {
    this.#statements = {
      sum: db.prepare<[number], { size: number; rows: number; upTo: number }>(`
        SELECT coalesce(sum(${SIZE}), 0) AS size, count(*) AS rows, coalesce(max(id), 0) AS upTo FROM undelivered
        WHERE id > ?`),
      removeOldest: db
        .prepare<[number], number>(`
          DELETE FROM undelivered WHERE id IN (SELECT id FROM undelivered ORDER BY id LIMIT ?) RETURNING ${SIZE}`)
        .pluck(),
      isEmpty: db.prepare<[], 0 | 1>('SELECT NOT EXISTS (SELECT 1 FROM undelivered)').pluck(),
      trim: db.prepare<[number]>('DELETE FROM undelivered WHERE id <= (SELECT max(id) FROM undelivered) - ?'),
      forget: db.prepare<[{ account: string }]>(`
        DELETE FROM undelivered
        WHERE account = @account OR substr(account, 1, length(@account) + 1) = @account || '/'`),
    };
  }

  /** Of all, in bytes; the first time all are read, and then those that are new. */
  get total(): number {
    const { weight, upTo } = this.#counted ?? { weight: 0, upTo: 0 };
    const {
      size,
      rows,
      upTo: last,
    } = this.#statements.sum.get(upTo) as {
      size: number;
      rows: number;
      upTo: number;
    };
    this.#counted = { weight: weight + size + rows * weightOf(0), upTo: Math.max(upTo, last) };
    return this.#counted.weight;
  }

  /** Removes the oldest. Returns how many there were. */
  removeOldest(most: number): number {
    const sizes = this.#statements.removeOldest.all(most);
    const removed = sizes.reduce((sum, size) => sum + weightOf(size), 0);
    if (this.#counted !== null) this.#counted.weight -= removed;
    if (this.#statements.isEmpty.get() === 1) this.#counted = null; // ids begin anew
    return sizes.length;
  }

  /** Removes those that are too many. */
  trim(): void {
    if (this.#statements.trim.run(MOST).changes > 0) this.#counted = null;
  }

  /** Removes those about an account. Returns how many there were. */
  forget(account: string): number {
    this.#counted = null; // an id that is free again may be given again
    return this.#statements.forget.run({ account }).changes;
  }
}
