import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { bareOf } from '../xmpp/jid.js';
import { openPayload } from '../xmpp/payload.js';
import { copyName } from './backup.js';
import { lengthen, saidInHeader } from './file-header.js';
import { type LeafRow, rowsInLeaves } from './leaves.js';
import { MIGRATIONS } from './migrations.js';
import { APPLICATION_ID, SpoolError } from './open.js';
import { openSpool } from './open-for-writing.js';
import { isDamage, type ReadableRow, readableById, readableByKey } from './readable.js';
import { settleSalvaged } from './salvaged.js';

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
/** What counters say that is counted anew. */
const COUNTED_ANEW = /^(pending$|last_old_message_id$|most\.floor$|domain\.)/;

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
  const isRight = CHECKS[table] ?? (() => true);
  const there = countOf(from, table);
  let saved = 0;
  for (const row of rowsOf(from, table, names, hasIds, columns)) {
    if (isRight(row)) saved += stored(insert, row);
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
      if (named === null || CHECKS[found.table]?.(named) === false) continue;
      const saved = stored(insert, named);
      found.saved += saved;
      if (found.lost !== null) found.lost = Math.max(0, found.lost - saved);
    }
  }
}

/** A row by the names of its columns; null: it is not of this table. */
function asRowOf({ id, values }: LeafRow, columns: readonly Column[]): ReadableRow | null {
  const [first] = values;
  if (first !== null || values.length > columns.length) return null; // the id stands for itself
  const row: ReadableRow = { id };
  for (const [at, { name, type, notnull, dflt_value: standard }] of columns.entries()) {
    if (at === 0) continue;
    // a column that was added later is missing where the row was not written since
    const value = at < values.length ? values[at] : isAdded(columns, at) ? standardOf(standard) : undefined;
    const isRight = value === null ? notnull === 0 : typeof value === (type === 'TEXT' ? 'string' : 'number');
    if (!isRight) return null;
    row[name] = value;
  }
  return row;
}

/** Each of these, and those behind it, may be null or has a standard, as ALTER TABLE wants it. */
function isAdded(columns: readonly Column[], from: number): boolean {
  return columns.slice(from).every(({ notnull, dflt_value: standard }) => notnull === 0 || standard !== null);
}

function standardOf(text: string | null): number | null {
  return text === null || text === 'NULL' ? null : Number(text);
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

/** Whether what was read can be what was written. */
const CHECKS: Readonly<Record<string, (row: ReadableRow) => boolean>> = {
  account: ({ jid }) => isName(jid),
  device: ({ slot, resource }) => Number(slot) >= 1 && Number(slot) <= 50 && typeof resource === 'string',
  message: row => hasPayload(row) && Number(row.owed) > 0,
  room: ({ jid }) => isName(jid),
  room_message: hasPayload,
  remote_message: hasPayload,
  counter: ({ name, value }) => !COUNTED_ANEW.test(String(name)) && Number(value) >= 0,
};

function isName(jid: unknown): boolean {
  return typeof jid === 'string' && jid.includes('@') && bareOf(jid) === jid;
}

function hasPayload({ payload, sender }: ReadableRow): boolean {
  if (typeof payload !== 'string' || typeof sender !== 'string') return false;
  return !('unreadable' in openPayload(payload));
}

interface Column {
  name: string;
  type: string;
  notnull: 0 | 1;
  dflt_value: string | null;
  pk: number;
}

function columnsOf(db: Database.Database, table: string): Column[] {
  return db.pragma(`table_info(${table})`) as Column[];
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
