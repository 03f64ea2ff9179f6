import Database from 'better-sqlite3';
import { SERVER, USER } from './tricks.js';

/**
 * What the spool did, written by triggers in the transactions in which it did so: whatever was killed when, this is
 * exactly what was committed.
 */
export interface Entry {
  n: number;
  /**
   * `owed`: a message was stored that its owner lacks; `settled`: the owner lacks it no more; `released`: the owner
   * belongs to the room no more; `passed over`: it was not owed to a known device that should have it.
   */
  what: 'owed' | 'settled' | 'released' | 'passed over';
  token: string;
  /** Full JID of a device, or the bare JID of an account as a whole. */
  owner: string;
  room: number;
}

/** Marks a message in its body; seven digits follow. */
export const MARK = '§';

const MARKED = new RegExp(`${MARK}(\\d{7})`);

/** What marks the message in this text, if there is one. */
export function tokenIn(text: string): string | undefined {
  return MARKED.exec(text)?.[1];
}

/** Has a hostile user no hand in it? What becomes of his messages is no matter. */
const HONEST = (text: string) => `(instr(${text}, '${USER}') = 0 AND instr(${text}, '${SERVER}') = 0)`;
/** Is this row a message of the clients whose messages are followed? */
const FOLLOWED = (row: string) => `(instr(${row}.payload, '${MARK}') > 0 AND ${HONEST(`${row}.sender`)})`;
const TOKEN = (row: string) => `substr(${row}.payload, instr(${row}.payload, '${MARK}') + 1, 7)`;
const ENTRY = 'INSERT INTO ledger (what, token, owner, room)';
/** One line for each slot in a set. */
const SLOTS = (what: string, row: string, set: string) => `
  ${ENTRY}
    SELECT '${what}', ${TOKEN(row)}, jid, 0 FROM account
      WHERE id = ${row}.account AND ${set} & 1 AND ${FOLLOWED(row)} AND ${HONEST('jid')}
    UNION ALL SELECT '${what}', ${TOKEN(row)}, jid || '/' || resource, 0
      FROM device JOIN account ON account.id = device.account
      WHERE account.id = ${row}.account AND (${set} >> slot) & 1 AND ${FOLLOWED(row)} AND ${HONEST('jid')};`;

const SCHEMA = `
  CREATE TABLE ledger (n INTEGER PRIMARY KEY, what TEXT, token TEXT, owner TEXT, room INTEGER) STRICT;
  CREATE TRIGGER ledger_message AFTER INSERT ON message BEGIN
    ${SLOTS('owed', 'new', 'new.owed')}
    ${ENTRY} SELECT 'passed over', ${TOKEN('new')}, jid || '/' || resource, 0
      FROM device JOIN account ON account.id = device.account
      WHERE account.id = new.account AND NOT (new.owed >> slot) & 1 AND new.room IS NULL
        AND ${FOLLOWED('new')} AND ${HONEST('jid')}
        AND (NOT new.sent OR jid || '/' || resource <> new.sender);
  END;
  CREATE TRIGGER ledger_owed AFTER UPDATE OF owed ON message BEGIN
    ${SLOTS('settled', 'new', '(old.owed & ~new.owed)')}
  END;
  CREATE TRIGGER ledger_gone AFTER DELETE ON message BEGIN
    ${SLOTS('settled', 'old', 'old.owed')}
  END;
  CREATE TRIGGER ledger_said AFTER INSERT ON room_message BEGIN
    ${ENTRY} SELECT 'owed', ${TOKEN('new')}, jid || '/' || resource, new.room
      FROM room_member JOIN device ON device.id = device JOIN account ON account.id = account
      WHERE room_member.room = new.room AND cursor < new.id AND ${FOLLOWED('new')} AND ${HONEST('jid')};
  END;
  CREATE TRIGGER ledger_proved AFTER INSERT ON room_proved BEGIN
    ${ENTRY} SELECT 'settled', ${TOKEN('room_message')}, jid || '/' || resource, room_member.room
      FROM room_message JOIN room_member ON room_member.id = new.member
        JOIN device ON device.id = device JOIN account ON account.id = account
      WHERE room_message.id = new.message AND ${FOLLOWED('room_message')} AND ${HONEST('jid')};
  END;
  CREATE TRIGGER ledger_said_gone BEFORE DELETE ON room_message BEGIN
    ${ENTRY} SELECT 'settled', ${TOKEN('old')}, jid || '/' || resource, old.room
      FROM room_member AS member JOIN device ON device.id = device JOIN account ON account.id = account
      WHERE member.room = old.room AND cursor < old.id AND ${FOLLOWED('old')} AND ${HONEST('jid')}
        AND NOT EXISTS (SELECT 1 FROM room_proved WHERE member = member.id AND message = old.id);
  END;
  CREATE TRIGGER ledger_left BEFORE DELETE ON room_member BEGIN
    ${ENTRY} SELECT 'released', ${TOKEN('room_message')}, jid || '/' || resource, old.room
      FROM room_message JOIN device ON device.id = old.device JOIN account ON account.id = account
      WHERE room_message.room = old.room AND ${FOLLOWED('room_message')} AND ${HONEST('jid')};
  END;
`;

/** Reads the ledger of a spool beside the respool that writes it. */
export class Ledger {
  readonly #db: Database.Database;
  readonly #next;
  readonly #pending;
  readonly #undelivered;
  readonly #counted;
  #last = 0;

  /** @param path of a spool that exists */
  constructor(path: string) {
    const writer = new Database(path);
    writer.exec(SCHEMA);
    writer.close();
    this.#db = new Database(path, { readonly: true });
    this.#next = this.#db.prepare<[number], Entry>('SELECT * FROM ledger WHERE n > ? ORDER BY n');
    this.#pending = this.#db.prepare<[], { token: string; owed: string }>(`
      SELECT ${TOKEN('message')} AS token, jid || ' slots ' || owed AS owed
        FROM message JOIN account ON account.id = account WHERE ${FOLLOWED('message')} AND ${HONEST('jid')}
      UNION ALL SELECT ${TOKEN('said')}, jid || '/' || resource || ' in a room'
        FROM room_message AS said JOIN room_member AS member ON member.room = said.room AND cursor < said.id
          JOIN device ON device.id = device JOIN account ON account.id = account
        WHERE NOT EXISTS (SELECT 1 FROM room_proved WHERE member = member.id AND message = said.id)
          AND ${FOLLOWED('said')} AND ${HONEST('jid')}`);
    this.#undelivered = this.#db.prepare<[], string>(
      `SELECT outcome || ': ' || sender || ' to ' || account FROM undelivered
        WHERE ${HONEST('sender')} AND ${HONEST('account')}
          AND NOT (outcome = 'evicted' AND account IN (SELECT jid FROM room))`,
    );
    this.#undelivered.pluck();
    this.#counted = this.#db.prepare<[string], number>('SELECT value FROM counter WHERE name = ?').pluck();
  }

  /** What has been added since the last time. */
  next(): Entry[] {
    const entries = this.#next.all(this.#last);
    this.#last = entries.at(-1)?.n ?? this.#last;
    return entries;
  }

  /** What is still in the spool. */
  pending(): { token: string; owed: string }[] {
    return this.#pending.all();
  }

  /**
   * What left the spool without having been delivered; but for what a room had too much of: a hostile user who belongs to
   * it and is never there is owed all that is said. Whom else it was owed the ledger tells.
   */
  undelivered(): string[] {
    return this.#undelivered.all();
  }

  /** What respool has counted under this name. */
  counted(name: string): number {
    return this.#counted.get(name) ?? 0;
  }

  close(): void {
    this.#db.close();
  }
}
