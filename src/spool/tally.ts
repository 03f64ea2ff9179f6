import type { Database } from 'better-sqlite3';
import { bare, normal } from './names.js';
import { OWED_SLOTS, REMOTE_OWED, SAID_OWED } from './owed-sql.js';
import { countSlots } from './slots.js';

/**
 * By what pendings are counted together: the domain that they are for, the account as the list of them shows it, or the
 * sender without his device (of what was said in a room, the room).
 */
export const TALLIES = ['domain', 'account', 'sender'] as const;
export type TallyBy = (typeof TALLIES)[number];

/** So much is pending of what came at this moment, in ms since 1970. */
export type Tallied = readonly [name: string, receivedAt: number, pendings: number];

/** Rows read at once, in a ms or two. Between two pages no transaction is open, so a reader holds up nobody. */
const PAGE = 1_000;

const domain = (jid: string) => `substr(${jid}, instr(${jid}, '@') + 1)`;
const writer = (sender: string) => bare(normal(sender));

/** In SQL, the name by which each kind of pending is counted. */
const NAMES: Readonly<Record<TallyBy, { message: string; said: string; remote: string }>> = {
  domain: { message: domain('account.jid'), said: domain('account.jid'), remote: 'remote.domain' },
  account: { message: 'account.jid', said: 'account.jid', remote: 'remote.account' },
  sender: {
    message: writer('message.sender'),
    said: writer('said.sender'),
    remote: writer('remote.sender'),
  },
};

/**
 * Counts all that is pending, a page at a time: the very pendings of `SpoolReader.pendings`, without what is in them. The
 * database has to know names (`knowNames`).
 */
export function* tallied(db: Database, by: TallyBy): Generator<Tallied[]> {
  yield* messages(db, NAMES[by].message);
  yield* said(db, NAMES[by].said);
  yield* remote(db, NAMES[by].remote);
}

function* messages(db: Database, name: string): Generator<Tallied[]> {
  const select = db.prepare<[number], [number, string, number, number]>(`
    SELECT message.id, ${name}, received_at, ${OWED_SLOTS} FROM message CROSS JOIN account ON account.id = message.account
    WHERE message.id > ? ORDER BY message.id LIMIT ${PAGE}`);
  for (const rows of pages(select.raw(), 0, ([id]) => id)) {
    yield rows.map(([, name, receivedAt, slots]) => [name, receivedAt, countSlots(slots)] as const);
  }
}

function* said(db: Database, name: string): Generator<Tallied[]> {
  const select = db
    .prepare<[object], [number, number, string, number]>(`
      SELECT said.id, member.id, ${name}, received_at FROM ${SAID_OWED}
        AND said.id >= @id AND (said.id, member.id) > (@id, @member)
      ORDER BY said.id, member.id LIMIT ${PAGE}`)
    .raw();
  for (let place = { id: 0, member: 0 }; ; ) {
    const rows = select.all(place);
    yield rows.map(([, , name, receivedAt]) => [name, receivedAt, 1] as const);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    place = { id: last[0], member: last[1] };
  }
}

function* remote(db: Database, name: string): Generator<Tallied[]> {
  const select = db.prepare<[number], [number, string, number]>(`
    SELECT id, ${name}, received_at FROM ${REMOTE_OWED} AND id > ? ORDER BY id LIMIT ${PAGE}`);
  for (const rows of pages(select.raw(), 0, ([id]) => id)) {
    yield rows.map(([, name, receivedAt]) => [name, receivedAt, 1] as const);
  }
}

function* pages<Row>(
  select: { all(after: number): Row[] },
  begin: number,
  idOf: (row: Row) => number,
): Generator<Row[]> {
  for (let after = begin; ; ) {
    const rows = select.all(after);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = idOf(last);
  }
}
