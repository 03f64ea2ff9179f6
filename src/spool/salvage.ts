import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { copyName } from './backup.js';
import { lengthen, saidInHeader } from './file-header.js';
import { rowsInLeaves } from './leaves.js';
import { MIGRATIONS } from './migrations.js';
import { APPLICATION_ID, SpoolError } from './open.js';
import { openSpool } from './open-for-writing.js';
import { isDamage, type ReadableRow, readableById, readableByKey } from './readable.js';
import { settleSalvaged } from './salvaged.js';
import { asRowOf, type Column, columnsOf, isRowOf } from './salvaged-row.js';

/** What was saved of one table. */
export interface Salvaged {
  table: string;
  saved: number;
  /** null: how many there were cannot be read either. */
  lost: number | null;
}

/** The tables that matter, those first to which others refer. What else there is follows from them, or is of the moment. */
const TABLES = [
  'account',
  'device',
  'message',
  'room',
  'room_member',
  'room_proved',
  'room_message',
  'room_gap',
  'remote_message',
  'undelivered',
  'refusal',
  'on_hold',
  'counter',
  'flow',
  'flow_hour',
] as const;
/**
 * Reads what can be read out of a damaged spool into a new one. The damaged one is copied first, and not touched.
 * @param file is there, empty, and gets the new one
 * @param progress is told of each table that is read
 * @throws SpoolError where nothing can be read
 */
export function salvage(
  { damaged, file, folder }: { damaged: string; file: string; folder: string },
  progress: (table: string) => void,
): Salvaged[] {
  mkdirSync(folder, { mode: 0o700 });
  try {
    const copy = join(folder, 'spool.db');
    copyFileSync(damaged, copy);
    lengthen(copy);
    if (existsSync(`${damaged}-wal`)) copyFileSync(`${damaged}-wal`, `${copy}-wal`); // what was committed last
    return fromCopy({ damaged, copy, file }, progress);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fromCopy(
  { damaged, copy, file }: { damaged: string; copy: string; file: string },
  progress: (table: string) => void,
): Salvaged[] {
  const from = new Database(copy);
  const into = new Database(file);
  try {
    takeIn(from);
    const version = versionOf(from, { damaged, copy });
    into.pragma('foreign_keys = OFF'); // what refers to nothing is put right at the end
    into.pragma('journal_mode = OFF'); // the file is thrown away where this does not come to its end
    into.pragma(`application_id = ${APPLICATION_ID}`);
    const salvaged = into.transaction(() => {
      for (const step of MIGRATIONS.slice(0, version)) into.exec(step);
      const tables = TABLES.filter(table => columnsOf(into, table).length > 0);
      const all = tables.map(table => {
        progress(table);
        return readTable(from, into, table);
      });
      if (all.some(({ lost }) => lost !== 0)) searchPages(copy, into, all);
      settleSalvaged(into);
      into.pragma(`user_version = ${version}`);
      return all.map(one => ({ ...one, saved: Math.min(one.saved, countOf(into, one.table) ?? one.saved) }));
    })();
    into.close();
    openSpool(file).close(); // brings it up to date
    rmSync(copyName(file, MIGRATIONS.length), { force: true });
    return salvaged;
  } finally {
    from.close();
    into.close();
  }
}

/** What was committed last is put into the pages of the copy, as far as it can be, for these are searched too. */
function takeIn(from: Database.Database): void {
  try {
    from.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}

function versionOf(from: Database.Database, { damaged, copy }: { damaged: string; copy: string }): number {
  let version: unknown;
  try {
    version = from.pragma('user_version', { simple: true });
    from.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (error) {
    if (!isDamage(error)) throw error;
    // where the tables are is not to be read: their rows are known by their form
    const said = saidInHeader(copy);
    if (said !== null) return said;
    throw new SpoolError(
      `nothing can be read out of ${damaged}: its first page is damaged; go back to a backup (respool help queue)`,
    );
  }
  if (typeof version !== 'number' || version < 1 || version > MIGRATIONS.length) {
    throw new SpoolError(
      `${damaged} is no spool, or of a newer respool (schema ${version}, this one knows ${MIGRATIONS.length})`,
    );
  }
  return version;
}

function readTable(from: Database.Database, into: Database.Database, table: string): Salvaged {
  const columns = columnsOf(into, table);
  const names = namesOf(columns);
  const insert = insertInto(into, table);
  const hasIds = columns.some(({ name }) => name === 'id');
  const there = countOf(from, table);
  let saved = 0;
  for (const row of rowsOf(from, table, names, hasIds, columns)) {
    if (isRowOf(table, row)) saved += stored(insert, row);
  }
  return { table, saved, lost: there === null ? null : Math.max(0, there - saved) };
}

function insertInto(into: Database.Database, table: string): Database.Statement<[ReadableRow]> {
  const columns = columnsOf(into, table);
  const values = columns.map(({ name }) => `@${name}`).join(', ');
  return into.prepare(`INSERT OR IGNORE INTO ${table} (${namesOf(columns)}) VALUES (${values})`);
}

function namesOf(columns: readonly Column[]): string {
  return columns.map(({ name }) => `"${name}"`).join(', ');
}

/** Looks in all pages for rows to which nothing leads any more. Each belongs to the table whose form it has. */
function searchPages(copy: string, into: Database.Database, all: Salvaged[]): void {
  const tables = all
    .filter(({ table, lost }) => lost !== 0 && columnsOf(into, table).some(({ name }) => name === 'id'))
    .map(found => ({ found, columns: columnsOf(into, found.table), insert: insertInto(into, found.table) }));
  for (const row of rowsInLeaves(copy)) {
    for (const { found, columns, insert } of tables) {
      const named = asRowOf(row, columns);
      if (named === null || !isRowOf(found.table, named)) continue;
      const saved = stored(insert, named);
      found.saved += saved;
      if (found.lost !== null) found.lost = Math.max(0, found.lost - saved);
    }
  }
}

function* rowsOf(
  from: Database.Database,
  table: string,
  names: string,
  hasIds: boolean,
  columns: readonly Column[],
): Generator<ReadableRow> {
  try {
    if (hasIds) yield* readableById(from, table, names);
    else {
      const key = columns.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk);
      yield* readableByKey(
        from,
        table,
        names,
        key.map(({ name }) => name),
      );
    }
  } catch (error) {
    if (!isDamage(error)) throw error; // the table cannot even be begun with
  }
}

/** What is no row of this table is left out: a damaged page may say anything. */
function stored(insert: Database.Statement<[ReadableRow]>, row: ReadableRow): number {
  try {
    return insert.run(row).changes;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')) return 0;
    throw error;
  }
}

/** How many rows there are, by the smallest index where the table itself is damaged; null: that cannot be read. */
function countOf(db: Database.Database, table: string): number | null {
  try {
    return db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}
