import type { Database } from 'better-sqlite3';

/** An account that has messages or devices in the spool. */
export interface Account {
  readonly id: number;
  readonly jid: string;
  /** How many messages are stored for it. */
  messages: number;
}

/** How many accounts are kept in memory; the rest are read again when they are needed. */
const MOST_CACHED = 20_000;

/** The account table, with the accounts of late in memory and their message counts written once a batch. */
export class Accounts {
  readonly #find;
  readonly #insert;
  readonly #update;
  readonly #delete;
  readonly #cached = new Map<string, Account>();
  readonly #changed = new Set<Account>();

  constructor(db: Database) {
    this.#find = db.prepare<[string], Account>('SELECT id, jid, messages FROM account WHERE jid = ?');
    this.#insert = db.prepare<[string], Account>(
      'INSERT INTO account (jid) VALUES (?) RETURNING id, jid, messages',
    );
    this.#update = db.prepare<[number, number]>('UPDATE account SET messages = ? WHERE id = ?');
    this.#delete = db.prepare<[number, number]>(
      'DELETE FROM account WHERE id = ? AND NOT EXISTS (SELECT 1 FROM device WHERE account = ?)',
    );
  }

  find(jid: string): Account | undefined {
    const cached = this.#cached.get(jid);
    if (cached !== undefined) return cached;
    const found = this.#find.get(jid);
    if (found !== undefined) this.#cached.set(jid, found);
    return found;
  }

  findOrAdd(jid: string): Account {
    const known = this.find(jid);
    if (known !== undefined) return known;
    const added = this.#insert.get(jid) as Account;
    this.#cached.set(jid, added);
    return added;
  }

  /** Changes the number of messages of an account. */
  count(account: Account, messages: number): void {
    account.messages += messages;
    this.#changed.add(account);
  }

  /** Writes what has changed; an account without messages and devices (a JID that nobody has) leaves no row. */
  write(): void {
    for (const account of this.#changed) {
      this.#update.run(account.messages, account.id);
      if (account.messages === 0 && this.#delete.run(account.id, account.id).changes > 0) {
        this.#cached.delete(account.jid);
      }
    }
    this.#changed.clear();
    for (const jid of this.#cached.keys()) {
      if (this.#cached.size <= MOST_CACHED) break;
      this.#cached.delete(jid);
    }
  }
}
