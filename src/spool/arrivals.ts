import type { Database } from 'better-sqlite3';

/** So many are remembered. */
const MOST = 20_000;

/**
 * Messages, known by an id, that have been proved by all that were owed them, not long ago: ejabberd's flood may bring
 * one after its replay. What mod_offline may have had is remembered in the spool as well, for an ejabberd that was killed
 * has forgotten that it handed it over (seen on 23.01), and respool may have been away meanwhile.
 */
export class Arrivals {
  readonly #known = new Set<string>();
  readonly #insert;
  readonly #trim;
  readonly #forget;
  #rows = 0;

  constructor(db: Database) {
    this.#insert = db.prepare<[number, string]>('INSERT INTO arrived (account, identity) VALUES (?, ?)');
    this.#trim = db.prepare<[number]>('DELETE FROM arrived WHERE id <= (SELECT max(id) FROM arrived) - ?');
    this.#forget = db.prepare<[number]>('DELETE FROM arrived WHERE account = ?');
    const rows = db.prepare<[], { account: number; identity: string }>(
      'SELECT account, identity FROM arrived ORDER BY id',
    );
    for (const { account, identity } of rows.all()) {
      this.#known.add(keyOf(account, identity));
      this.#rows++;
    }
  }

  has(account: number, identity: string): boolean {
    return this.#known.has(keyOf(account, identity));
  }

  /** @param lasting whether it is to be known after a restart too */
  add(account: number, identity: string, lasting: boolean): void {
    this.#known.add(keyOf(account, identity));
    if (lasting) {
      this.#insert.run(account, identity);
      if (++this.#rows >= 2 * MOST) this.#rows -= this.#trim.run(MOST).changes;
    }
    if (this.#known.size < 2 * MOST) return; // many at a time: a Set's first key is found past deleted ones
    for (const oldest of this.#known) {
      if (this.#known.size <= MOST) break;
      this.#known.delete(oldest);
    }
  }

  /** What is in the spool about an account is to go. */
  forget(account: number): void {
    this.#forget.run(account);
  }
}

function keyOf(account: number, identity: string): string {
  return `${account} ${identity}`;
}
