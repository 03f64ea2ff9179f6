import type { Database } from 'better-sqlite3';

/** Named numbers that survive a restart: outcomes, copies, gauges. Written once a batch. */
export class Counters {
  readonly #read;
  readonly #write;
  readonly #set;
  readonly #changes = new Map<string, number>();

  constructor(db: Database) {
    this.#read = db.prepare<[string], number>('SELECT value FROM counter WHERE name = ?').pluck();
    this.#write = db.prepare<[string, number]>(
      'INSERT INTO counter VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value',
    );
    this.#set = db.prepare<[string, number]>(
      'INSERT INTO counter VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    );
  }

  /** What is written; changes of the batch under way are not in it. */
  read(name: string): number {
    return (this.#read.get(name) as number | undefined) ?? 0;
  }

  add(name: string, change: number): void {
    this.#changes.set(name, (this.#changes.get(name) ?? 0) + change);
  }

  set(name: string, value: number): void {
    this.#set.run(name, value);
  }

  write(): void {
    for (const [name, change] of this.#changes) this.#write.run(name, change);
    this.#changes.clear();
  }
}
