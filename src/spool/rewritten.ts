import type { Database } from 'better-sqlite3';
import { accountOf } from '../xmpp/jid.js';
import type { Account } from './accounts.js';
import type { NewMessage } from './content.js';

/**
 * Within this time, in ms, no person has read that a message came back and has written it again: it is a program that
 * says one thing often.
 */
const BY_HAND = 1_000;
/** So many of an account's newest are looked at. */
const LOOKED_AT = 100;
/**
 * An origin-id as payloads are written. If one is written otherwise, the message is taken for another, and nothing is
 * lost.
 */
const ORIGIN_ID =
  /<origin-id(?=[^>]* xmlns='urn:xmpp:sid:0')(?:[^>]* id='([^'>]*)')?[^>]*(?:\/>|><\/origin-id>)/;

type Row = Pick<NewMessage, 'from' | 'stanzaId' | 'payload'> & { id: number; returned: number };

/**
 * Messages that came back to their senders, whose clients say that they were not delivered. They are kept, and a sender
 * who writes one again, by hand or because his client does, does not mean two.
 */
export class Rewritten {
  readonly #find;
  readonly #set;
  /** Accounts that have some, by their ids, or have had. */
  readonly #accounts: Set<number>;

  constructor(db: Database) {
    this.#find = db.prepare<[number], Row>(`
      SELECT id, sender AS "from", stanza_id AS stanzaId, payload, returned FROM message WHERE id IN
        (SELECT message FROM returned_message WHERE account = ? ORDER BY message DESC LIMIT ${LOOKED_AT})
      ORDER BY id`);
    this.#set = db.prepare<[number, number]>('UPDATE message SET returned = ? WHERE id = ?');
    this.#accounts = new Set(
      db.prepare<[], number>('SELECT DISTINCT account FROM returned_message').pluck().all(),
    );
  }

  /** A message came back to its sender at that date. */
  returned({ id: account }: Account, id: number, at: number): void {
    this.#set.run(at, id);
    this.#accounts.add(account);
  }

  /**
   * What came back and is written again by this message: with the same origin-id under another id (a bot that gives all of
   * its messages one id writes others), or the only one in the same words.
   */
  by({ from, stanzaId, payload, receivedAt }: NewMessage, { id: account }: Account): number | undefined {
    if (!this.#accounts.has(account)) return undefined;
    const rows = this.#find.all(account);
    if (rows.length === 0) this.#accounts.delete(account);
    const writer = accountOf(from);
    const words = wordsIn(payload);
    const originId = originIdIn(payload);
    const own = rows.filter(row => accountOf(row.from) === writer);
    const isSame = (row: Row) => row.stanzaId !== stanzaId && originIdIn(row.payload) === originId;
    const known = originId === undefined ? undefined : own.find(isSame);
    if (known !== undefined) return known.id;
    const [alike, ...others] = own.filter(row => wordsIn(row.payload) === words);
    // of several that say the same, nobody can tell which is meant
    return alike !== undefined && others.length === 0 && receivedAt - alike.returned >= BY_HAND
      ? alike.id
      : undefined;
  }
}

/** What it says, whatever its own id of it is (XEP-0359). */
function wordsIn(payload: string): string {
  return payload.replace(ORIGIN_ID, '');
}

function originIdIn(payload: string): string | undefined {
  return ORIGIN_ID.exec(payload)?.[1];
}
