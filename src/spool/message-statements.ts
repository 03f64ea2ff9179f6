import type { Database } from 'better-sqlite3';
import type { Taken } from './content.js';
import type { Held } from './held.js';
import { LONGEST_ID } from './lines.js';
import { inOrder } from './order.js';
import type { Slots } from './slots.js';
import { SUM_OF_WEIGHTS } from './weight.js';

/** A message that somebody is owed. */
export interface Owed {
  id: number;
  owed: Slots;
  /** Only for a device in this room. */
  room: string | null;
  /** The message that it corrects, takes back or reacts to, where that was in the spool. */
  means: number | null;
}

export interface Addressed {
  id: number;
  jid: string;
}

export interface Row {
  account: number;
  owed: Slots;
  cause: number;
  receivedAt: number;
  identity: string;
  hasId: 0 | 1;
  size: number;
  /** It goes to nobody before that date, for its sender is blocked. */
  heldUntil: number;
  /** 1: it is no loss when the message ends before anybody of the account has it. */
  passing: 0 | 1;
}

/** A Row, and a message to be replayed, by place: to make objects by name took half of the time that reading them took. */
type RowColumns = [number, Slots, number, number, string, 0 | 1, number, number, 0 | 1];
type TakenColumns = [
  number,
  Slots,
  string | null,
  number | null,
  Taken['as'],
  string,
  string,
  string | null,
  string | null,
  string | null,
  string,
  number,
];

const OF_ACCOUNT = 'id IN (SELECT message FROM account_message WHERE account = ?)';
const OWED =
  'one.message > @after AND one.message <= @upTo AND owed & @slots AND expires_at > @at AND held_until <= @at';
const TAKEN = `
  owed, room, means, CASE WHEN sent = 1 THEN 'sent' WHEN had = 1 AND room IS NULL THEN 'had' ELSE 'received' END,
  sender, recipient, type, stanza_id, lang, payload,
  stamp`;

/** All that is asked of the table of users' messages. */
export function prepare(db: Database) {
  return {
    insert: db.prepare<unknown[]>(`
      INSERT INTO message (id, account, owed, sent, pushed, room, identity, sender, recipient, type, stanza_id, lang,
        payload, received_at, stamp, expires_at, size, passing, means)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    repeat: db
      .prepare<[object], number>(`
      INSERT INTO message (id, account, owed, sent, pushed, room, identity, sender, recipient, type, stanza_id, lang,
        payload, received_at, stamp, expires_at, size, passing, means)
      SELECT @id, account, @owed, sent, 0, room, identity, sender, recipient, type, stanza_id, lang, payload,
        @at, @at, expires_at - received_at + @at, size, passing, means FROM message WHERE id = @original
      RETURNING size`)
      .pluck(),
    origin: db.prepare<[number], { sender: string; stanzaId: string | null }>(
      'SELECT sender, stanza_id AS stanzaId FROM message WHERE id = ? AND sent = 0',
    ),
    means: db.prepare<[number], number | null>('SELECT means FROM message WHERE id = ?').pluck(),
    setCause: db.prepare<[number, number]>('UPDATE message SET cause = ? WHERE id = ?'),
    setPushed: db.prepare<[number, number, number]>(
      'UPDATE message SET pushed = ? WHERE id = ? AND pushed = ?',
    ),
    after: db.prepare<[object], TakenColumns>(inOrder(TAKEN, '@account', OWED)).raw(),
    idsAfter: db.prepare<[object], Owed>(inOrder('owed, room, means', '@account', OWED)),
    row: db
      .prepare<[number], RowColumns>(
        `SELECT account, owed, cause, received_at, identity, stanza_id IS NOT NULL, size, held_until, passing
        FROM message WHERE id = ?`,
      )
      .raw(),
    countOwed: db.prepare<[number, number], { receivedAt: number; count: number }>(`
      SELECT min(received_at) AS receivedAt, count(*) AS count FROM message WHERE ${OF_ACCOUNT} AND owed & ?
      GROUP BY received_at / 60000`),
    deleteOwedAlone: db.prepare<[number, number], { id: number; identity: string; size: number }>(
      `DELETE FROM message WHERE ${OF_ACCOUNT} AND owed = ? RETURNING id, identity, size`,
    ),
    clearSlot: db.prepare<[number, number, number]>(
      `UPDATE message SET owed = owed & ~? WHERE ${OF_ACCOUNT} AND owed & ?`,
    ),
    expired: db.prepare<[number, number], Addressed>(`
      SELECT message.id, jid FROM message JOIN account ON account.id = message.account
      WHERE expires_at <= ? ORDER BY expires_at LIMIT ?`),
    heldBy: db.prepare<[object], Held>(inOrder('sender, one.size', '@account', 'true')),
    weights: db
      .prepare<[], [number, number]>(
        `SELECT account, ${SUM_OF_WEIGHTS} FROM account_message GROUP BY account`,
      )
      .raw(),
    jid: db.prepare<[number], string>('SELECT jid FROM account WHERE id = ?').pluck(),
    // found by when it expires
    isKnown: db
      .prepare<[number, number, string, number, number], number>(
        'SELECT id FROM message WHERE expires_at = ? AND account = ? AND identity = ? AND received_at = ? AND id <= ?',
      )
      .pluck(),
    settle: db.prepare<[number, number]>('UPDATE message SET owed = owed & ~?, had = 1 WHERE id = ?'),
    received: db.prepare<[number], { id: number; sender: string; heldUntil: number }>(
      `SELECT id, sender, held_until AS heldUntil FROM message WHERE ${OF_ACCOUNT} AND sent = 0`,
    ),
    holdBack: db.prepare<[number, number]>('UPDATE message SET held_until = ? WHERE id = ?'),
    prolong: db.prepare<[number, number]>('UPDATE message SET expires_at = ? WHERE id = ?'),
    setHad: db.prepare<[number]>('UPDATE message SET had = 1 WHERE id = ?'),
    clear: db.prepare<[number, number]>('UPDATE message SET owed = owed & ~? WHERE id = ?'),
    // to read a row and delete it takes less than to delete it RETURNING what was in it
    delete: db.prepare<[number]>('DELETE FROM message WHERE id = ?'),
    keepLine: db.prepare(`
      INSERT INTO undelivered (account, sender, type, stanza_id, received_at, ended_at, outcome)
      SELECT @account, sender, type, substr(stanza_id, 1, ${LONGEST_ID}), received_at, @at, @outcome FROM message WHERE id = @id`),
  };
}

export type MessageStatements = ReturnType<typeof prepare>;
