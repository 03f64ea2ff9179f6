import type { Database } from 'better-sqlite3';
import type { Account, Accounts } from './accounts.js';
import type { NewMessage, Outcome, Taken } from './command.js';
import type { Counters } from './counters.js';

/** The bit of `owed` that stands for the account as a whole. */
export const ACCOUNT_BIT = 1;

/** Name of the counter that holds the last id given, so that no id is ever given twice. */
const LAST_ID = 'last_message_id';

/** The message table, and what is counted as rows come and go. */
export class Messages {
  readonly #accounts: Accounts;
  readonly #counters: Counters;
  readonly #statements;
  #lastId: number;

  constructor(db: Database, accounts: Accounts, counters: Counters) {
    this.#accounts = accounts;
    this.#counters = counters;
    this.#statements = prepare(db);
    this.#lastId = counters.read(LAST_ID);
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** Stores a message that is owed to the account as a whole. */
  add(account: Account, message: NewMessage): number {
    const id = ++this.#lastId;
    const size = message.payload.length + message.from.length + message.to.length;
    this.#statements.insert.run({ ...message, id, account: account.id, owed: ACCOUNT_BIT, size });
    this.#added(account);
    return id;
  }

  /** Stores the newest message of this identity once more. */
  addAgain(account: Account, identity: string, at: number): number | undefined {
    const original = this.newest(account, identity);
    if (original === undefined) return undefined;
    const id = ++this.#lastId;
    this.#statements.repeat.run({ id, original, at });
    this.#added(account);
    return id;
  }

  newest(account: Account, identity: string): number | undefined {
    return this.#statements.newest.get(account.id, identity);
  }

  /** All of one identity, oldest first. */
  alike(account: Account, identity: string): number[] {
    return this.#statements.alike.all(account.id, identity);
  }

  oldestOf(account: Account, limit: number): number[] {
    return this.#statements.oldestOf.all(account.id, limit);
  }

  /** Messages of an account after one and up to another, in the order of their arrival. */
  after(account: Account, after: number, upTo: number, at: number, limit: number): (Taken & Identified)[] {
    return this.#statements.after.all(account.id, after, upTo, at, limit);
  }

  /** The ids alone; see `after`. */
  idsAfter(account: Account, after: number, at: number, limit: number): number[] {
    return this.#statements.idsAfter.all(account.id, after, at, limit);
  }

  /** Messages whose time is over, of any account. */
  expired(at: number, limit: number): Addressed[] {
    return this.#statements.expired.all(at, limit);
  }

  /** The oldest of all accounts. */
  oldest(limit: number): Addressed[] {
    return this.#statements.oldest.all(limit);
  }

  /** Clears these bits of what is owed. The message goes when nothing is left. Returns true if it went. */
  settle(account: Account, id: number, bits: number, outcome: 'delivered' | 'replayed'): boolean {
    if (this.#statements.deleteProved.run(id, bits).changes === 0) {
      this.#statements.clear.run(bits, id);
      return false;
    }
    this.#removed(account, outcome);
    return true;
  }

  /** Removes a message that was not delivered, and keeps a line about it. */
  end(account: Account, id: number, outcome: Exclude<Outcome, 'delivered' | 'replayed'>, at: number): void {
    this.#statements.keepLine.run({ id, outcome, at, account: account.jid });
    if (this.#statements.delete.run(id).changes > 0) this.#removed(account, outcome);
  }

  #added(account: Account): void {
    this.#accounts.count(account, 1);
    this.#counters.add(LAST_ID, 1);
    this.#counters.add('stored', 1);
    this.#counters.add('pending', 1);
  }

  #removed(account: Account, outcome: Outcome): void {
    this.#accounts.count(account, -1);
    this.#counters.add(outcome, 1);
    this.#counters.add('pending', -1);
  }
}

interface Identified {
  id: number;
  identity: string;
}

interface Addressed {
  id: number;
  jid: string;
}

function prepare(db: Database) {
  return {
    insert: db.prepare(`
      INSERT INTO message VALUES (@id, @account, @owed, @identity, @from, @to, @type, @stanzaId, @lang, @payload,
        @receivedAt, @stamp, @expiresAt, @size)`),
    repeat: db.prepare(`
      INSERT INTO message SELECT @id, account, owed, identity, sender, recipient, type, stanza_id, lang, payload,
        @at, @at, expires_at - received_at + @at, size FROM message WHERE id = @original`),
    newest: db
      .prepare<[number, string], number>(
        'SELECT max(id) FROM message WHERE account = ? AND identity = ? HAVING max(id) > 0',
      )
      .pluck(),
    alike: db
      .prepare<[number, string], number>(
        'SELECT id FROM message WHERE account = ? AND identity = ? ORDER BY id',
      )
      .pluck(),
    oldestOf: db
      .prepare<[number, number], number>('SELECT id FROM message WHERE account = ? ORDER BY id LIMIT ?')
      .pluck(),
    after: db.prepare<[number, number, number, number, number], Taken & Identified>(`
      SELECT id, identity, sender AS "from", type, stanza_id AS stanzaId, lang, payload, stamp FROM message
      WHERE account = ? AND id > ? AND id <= ? AND expires_at > ? ORDER BY id LIMIT ?`),
    idsAfter: db
      .prepare<[number, number, number, number], number>(
        'SELECT id FROM message WHERE account = ? AND id > ? AND expires_at > ? ORDER BY id LIMIT ?',
      )
      .pluck(),
    expired: db.prepare<[number, number], Addressed>(`
      SELECT message.id, jid FROM message JOIN account ON account.id = message.account
      WHERE expires_at <= ? ORDER BY expires_at LIMIT ?`),
    oldest: db.prepare<[number], Addressed>(`
      SELECT message.id, jid FROM message JOIN account ON account.id = message.account ORDER BY message.id LIMIT ?`),
    deleteProved: db.prepare<[number, number]>('DELETE FROM message WHERE id = ? AND owed & ~? = 0'),
    clear: db.prepare<[number, number]>('UPDATE message SET owed = owed & ~? WHERE id = ?'),
    delete: db.prepare<[number]>('DELETE FROM message WHERE id = ?'),
    keepLine: db.prepare(`
      INSERT INTO undelivered (account, sender, type, stanza_id, received_at, ended_at, outcome)
      SELECT @account, sender, type, stanza_id, received_at, @at, @outcome FROM message WHERE id = @id`),
  };
}
