import Database from 'better-sqlite3';

/** Rows asked for at once. */
const PAGE = 500;
/** No id is higher: twice that is no exact number any more. */
const LAST = 2 ** 52;

export type ReadableRow = Record<string, unknown>;

/** What SQLite says of a page that is not what it should be. */
export function isDamage(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|IOERR|NOTADB)/.test(error.code);
}

/**
 * Reads of a table with ids what can be read, in their order: where a page is damaged, it goes on behind it.
 * @param columns with the id among them
 */
export function* readableById(db: Database.Database, table: string, columns: string): Generator<ReadableRow> {
  const page = db.prepare<[number], ReadableRow>(
    `SELECT ${columns} FROM ${table} WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
  );
  const first = db
    .prepare<[number], number>(`SELECT id FROM ${table} WHERE id >= ? ORDER BY id LIMIT 1`)
    .pluck();
  /** The first id from one on; null: there is none; undefined: it cannot be read. */
  const probe = (from: number): number | null | undefined => {
    try {
      return first.get(from) ?? null;
    } catch (error) {
      if (isDamage(error)) return undefined;
      throw error;
    }
  };
  for (let after = 0; ; ) {
    let count = 0;
    try {
      for (const row of page.iterate(after)) {
        const id = Number(row.id);
        if (id <= after) break; // a damaged page leads back
        after = id;
        count++;
        yield row;
      }
      if (count < PAGE) return;
    } catch (error) {
      if (!isDamage(error)) throw error;
      const next = behind(after, probe);
      if (next === null) return;
      // its id can be read, and the rest of it cannot
      after = count === 0 && next === after + 1 ? next : next - 1;
    }
  }
}

/** The first id that can be found behind damage after an id; null: there is none. */
function behind(after: number, probe: (from: number) => number | null | undefined): number | null {
  let [bad, step] = [after, 1];
  for (;;) {
    const from = after + step;
    if (from > LAST) return null;
    const found = probe(from);
    if (found === null) return null;
    if (found !== undefined) return nearest(bad, from, probe);
    bad = from;
    step *= 2;
  }
}

/**
 * Narrows the gap between an id from which nothing can be read (`bad`) and one from which something can (`good`).
 * @returns the first id that can be read
 */
function nearest(
  bad: number,
  good: number,
  probe: (from: number) => number | null | undefined,
): number | null {
  let [low, high] = [bad, good];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (typeof probe(middle) === 'number') high = middle;
    else low = middle;
  }
  return probe(high) ?? null;
}

/** Reads of a table without ids what can be read from its beginning, and then from its end; a row may come twice. */
export function* readableByKey(
  db: Database.Database,
  table: string,
  columns: string,
  key: readonly string[],
): Generator<ReadableRow> {
  for (const direction of ['ASC', 'DESC']) {
    const order = key.map(name => `${name} ${direction}`).join(', ');
    try {
      yield* db.prepare<[], ReadableRow>(`SELECT ${columns} FROM ${table} ORDER BY ${order}`).iterate();
      return;
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
}
