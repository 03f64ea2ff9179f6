import type { Database } from 'better-sqlite3';

/** So many are remembered. */
const MOST = 20_000;
/** Between the identities in a row. */
const SEPARATOR = ' ';

/**
 * Messages, known by an id, that not long ago were proved by all that were owed them, or dropped by hand. ejabberd's
 * flood may bring one after that, and it is not to be owed anew. What mod_offline may have had is remembered in the
 * spool as well, for an ejabberd that was killed has forgotten that it handed it over (seen on 23.01), and respool may
 * have been away meanwhile.
 */
export class EndedOfLate {
  readonly #known = new Set<string>();
  readonly #insert;
  readonly #trim;
  readonly #forget;
  /** What is to be written with the batch, by account. */
  readonly #unwritten = new Map<number, string[]>();
  /** The id of the last row: how many identities have ever been written. */
  #written = 0;
  #trimmed = 0;

  constructor(db: Database) {
    this.#insert = db.prepare<[number, number, string]>('INSERT INTO arrived VALUES (?, ?, ?)');
    this.#trim = db.prepare<[number]>('DELETE FROM arrived WHERE id <= ?');
    this.#forget = db.prepare<[number]>('DELETE FROM arrived WHERE account = ?');
    const rows = db.prepare<[], { id: number; account: number; identities: string }>(
      'SELECT * FROM arrived ORDER BY id',
    );
    for (const { id, account, identities } of rows.all()) {
      for (const identity of identities.split(SEPARATOR)) this.#known.add(keyOf(account, identity));
      this.#written = id;
    }
  }

  has(account: number, identity: string): boolean {
    return this.#known.has(keyOf(account, identity));
  }

  /** @param lasting whether it is to be known after a restart too */
  add(account: number, identity: string, lasting: boolean): void {
    this.#known.add(keyOf(account, identity));
    if (lasting) {
      const unwritten = this.#unwritten.get(account);
      if (unwritten === undefined) this.#unwritten.set(account, [identity]);
      else unwritten.push(identity);
    }
    if (this.#known.size < 2 * MOST) return; // many at a time: a Set's first key is found past deleted ones
    for (const oldest of this.#known) {
      if (this.#known.size <= MOST) break;
      this.#known.delete(oldest);
    }
  }

  /** Ends a batch. A row for each message would be a tenth of what its proof costs. */
  write(): void {
    for (const [account, identities] of this.#unwritten) {
      this.#written += identities.length;
      this.#insert.run(this.#written, account, identities.join(SEPARATOR));
    }
    this.#unwritten.clear();
    if (this.#written - this.#trimmed < 2 * MOST) return;
    this.#trimmed = this.#written - MOST;
    this.#trim.run(this.#trimmed);
  }

  /** What is in the spool about an account is to go. */
  forget(account: number): void {
    this.#unwritten.delete(account);
    this.#forget.run(account);
  }
}

function keyOf(account: number, identity: string): string {
  return `${account} ${identity}`;
}
