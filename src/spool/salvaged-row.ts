import type { Database } from 'better-sqlite3';
import { bareOf } from '../xmpp/jid.js';
import { openPayload } from '../xmpp/payload.js';
import type { LeafRow } from './leaves.js';
import type { ReadableRow } from './readable.js';

/** What counters say that is counted anew. */
const COUNTED_ANEW = /^(pending$|last_old_message_id$|most\.floor$|domain\.)/;

/** A column of a table, as SQLite describes it. */
export interface Column {
  name: string;
  type: string;
  notnull: 0 | 1;
  dflt_value: string | null;
  pk: number;
}

/** The columns of a table, in their order; none where there is no such table. */
export function columnsOf(db: Database, table: string): Column[] {
  return db.pragma(`table_info(${table})`) as Column[];
}

/** A row by the names of its columns; null: it is not of this table. */
export function asRowOf({ id, values }: LeafRow, columns: readonly Column[]): ReadableRow | null {
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

/** Can what was read be what was written there? */
export function isRowOf(table: string, row: ReadableRow): boolean {
  return CHECKS[table]?.(row) !== false;
}

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
