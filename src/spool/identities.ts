import type { Database } from 'better-sqlite3';
import { ownCopy } from '../xmpp/own-copy.js';
import type { Account } from './accounts.js';

/** How many messages are known. */
interface Known {
  /** Of the newest at least; twice as many at most. */
  recent: number;
  /** Of those, after a start. */
  atStart: number;
  /** Of accounts that are known whole; but one account may have more. */
  whole: number;
}

const KNOWN: Known = { recent: 20_000, atStart: 10_000, whole: 100_000 };

type Stored = Pick<Account, 'id' | 'messages'>;

/**
 * Which stored messages are the same (one identity), oldest first. An index in the database would have a page of its own
 * for nearly every message of a large spool, and was a third of what storing one cost; but nearly every question
 * is of a message that came a moment ago. So the newest of all accounts are in memory, and the rest of an account is
 * read when a flood, its archive or a bounce speaks of what is older.
 */
export class Identities {
  /** The newest messages of all accounts: what a generation has is let go when two newer ones have come. */
  #young = new Ids();
  #old = new Ids();
  /** All messages of some accounts, by the account's id; the one that was asked of last is the last. */
  readonly #whole = new Map<number, Ids>();
  #inWhole = 0;
  readonly #known: Known;
  readonly #read;

  constructor(db: Database, known = KNOWN) {
    this.#known = known;
    this.#read = db.prepare<[number], { id: number; identity: string }>(
      `SELECT id, identity FROM message WHERE id IN (SELECT message FROM account_message WHERE account = ?)
      ORDER BY id`,
    );
    const newest = db.prepare<[number], { id: number; account: number; identity: string }>(
      'SELECT * FROM (SELECT id, account, identity FROM message ORDER BY id DESC LIMIT ?) ORDER BY id',
    );
    for (const { id, account, identity } of newest.iterate(known.atStart)) {
      this.#young.add(keyOf(account, identity), id);
    }
  }

  add({ id: account }: Stored, identity: string, id: number): void {
    this.#young.add(keyOf(account, identity), id);
    if (this.#young.size >= this.#known.recent) {
      this.#old = this.#young;
      this.#young = new Ids();
    }
    const whole = this.#whole.get(account);
    if (whole === undefined) return;
    whole.add(ownCopy(identity), id);
    this.#inWhole++;
  }

  remove({ id: account }: Stored, identity: string, id: number): void {
    const key = keyOf(account, identity);
    if (!this.#young.remove(key, id)) this.#old.remove(key, id);
    if (this.#whole.get(account)?.remove(identity, id) === true) this.#inWhole--;
  }

  /** Those that came of late; it may be that older ones are left out. */
  recent({ id: account }: Stored, identity: string): readonly number[] {
    const whole = this.#whole.get(account);
    if (whole !== undefined) return whole.of(identity);
    const key = keyOf(account, identity);
    const [old, young] = [this.#old.of(key), this.#young.of(key)];
    return old.length === 0 ? young : [...old, ...young];
  }

  all(account: Stored, identity: string): readonly number[] {
    return account.messages === 0 ? NONE : this.#wholeOf(account).of(identity);
  }

  #wholeOf({ id: account }: Stored): Ids {
    let whole = this.#whole.get(account);
    if (whole !== undefined) this.#whole.delete(account);
    else {
      whole = new Ids();
      for (const { id, identity } of this.#read.iterate(account)) whole.add(identity, id);
      this.#inWhole += whole.size;
    }
    this.#whole.set(account, whole);
    for (const [oldest, { size }] of this.#whole) {
      if (this.#inWhole <= this.#known.whole || oldest === account) break;
      this.#whole.delete(oldest);
      this.#inWhole -= size;
    }
    return whole;
  }
}

const NONE: readonly number[] = [];

/** Ids by what they are known by, in their order; most are alone. */
class Ids {
  readonly #ids = new Map<string, number | number[]>();
  #size = 0;

  /** How many ids are in it. */
  get size(): number {
    return this.#size;
  }

  add(key: string, id: number): void {
    const known = this.#ids.get(key);
    this.#size++;
    if (known === undefined) this.#ids.set(key, id);
    else if (typeof known === 'number') this.#ids.set(key, known < id ? [known, id] : [id, known]);
    // what is imported has ids from before
    else known.splice(known.findLastIndex(one => one < id) + 1, 0, id);
  }

  remove(key: string, id: number): boolean {
    const known = this.#ids.get(key);
    if (typeof known === 'object') {
      const at = known.indexOf(id);
      if (at < 0) return false;
      if (known.length === 1) this.#ids.delete(key);
      else known.splice(at, 1);
    } else if (known !== id || !this.#ids.delete(key)) return false;
    this.#size--;
    return true;
  }

  of(key: string): readonly number[] {
    const known = this.#ids.get(key);
    return known === undefined ? NONE : typeof known === 'number' ? [known] : known;
  }
}

function keyOf(account: number, identity: string): string {
  return `${account} ${identity}`;
}
