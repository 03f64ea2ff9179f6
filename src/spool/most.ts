import type { Database } from 'better-sqlite3';
import type { Counters } from './counters.js';

/** So many accounts are followed. */
const KEPT = 200;
/** So many are shown, and have to be certain. */
const SHOWN = 10;
/** With one sweep so many messages are counted, or little more: a few ms. */
const COUNTED_AT_ONCE = 100_000;
const ACCOUNTS_AT_ONCE = 1_000;
/** By this name among the counters. */
export const FLOOR = 'most.floor';

/** A new count of all accounts, a part with each sweep. */
interface Walk {
  /** Accounts up to this id are counted. */
  upTo: number;
  /** As far as is known by it, no account that is not followed has more. */
  floor: number;
}

/**
 * The accounts with most messages, followed as they change, so that nobody has to count ten million rows to know them:
 * those that are followed, and a floor, which is the most that any other may have. Where too few of those that are
 * followed reach the floor (they have got what they were owed), the rest is counted anew, bit by bit.
 */
export class Most {
  readonly #counters: Counters;
  readonly #statements;
  readonly #followed: Map<number, number>;
  #floor: number;
  #writtenFloor: number;
  #walk: Walk | null = null;
  /** The least of those that are followed; null: to be found. */
  #least: number | null = null;
  readonly #changed = new Set<number>();

  constructor(db: Database, counters: Counters) {
    this.#counters = counters;
    this.#statements = prepare(db);
    this.#followed = new Map(this.#statements.read.all());
    this.#floor = counters.read(FLOOR);
    this.#writtenFloor = this.#floor;
  }

  /** An account has so many messages from now on. */
  setCount(account: number, messages: number): void {
    const before = this.#followed.get(account);
    if (before !== undefined) {
      if (messages === 0) this.#followed.delete(account);
      else this.#followed.set(account, messages);
      if (this.#least !== null && Math.min(before, messages) <= this.#least) this.#least = null;
      this.#changed.add(account);
    } else if (messages > 0) this.#consider(account, messages);
  }

  /** With a sweep: counts some accounts anew where it is not certain any more who has most. */
  sweep(): void {
    if (this.#walk === null) {
      if (this.#isCertain) return;
      this.#walk = { upTo: 0, floor: 0 };
    }
    if (!this.#step(this.#walk)) return;
    this.#floor = this.#walk.floor;
    this.#walk = null;
  }

  /** The counters are to be written after it. */
  write(): void {
    for (const account of this.#changed) {
      const messages = this.#followed.get(account);
      if (messages === undefined) this.#statements.remove.run(account);
      else this.#statements.write.run(account, messages);
    }
    this.#changed.clear();
    if (this.#floor !== this.#writtenFloor) this.#counters.set(FLOOR, this.#floor);
    this.#writtenFloor = this.#floor;
  }

  get #isCertain(): boolean {
    if (this.#floor === 0) return true;
    let certain = 0;
    for (const messages of this.#followed.values()) if (messages >= this.#floor) certain++;
    return certain >= SHOWN;
  }

  /** One that is not followed is, if it has more than another one. */
  #consider(account: number, messages: number): void {
    if (this.#followed.size >= KEPT) {
      const least = this.#findLeast();
      if (messages <= least) return this.#raise(messages);
      for (const [other, has] of this.#followed) {
        if (has !== least) continue;
        this.#followed.delete(other);
        this.#changed.add(other);
        break;
      }
      this.#raise(least);
    }
    this.#followed.set(account, messages);
    this.#least = null;
    this.#changed.add(account);
  }

  /** One that is not followed has so many. */
  #raise(messages: number): void {
    this.#floor = Math.max(this.#floor, messages);
    if (this.#walk !== null) this.#walk.floor = Math.max(this.#walk.floor, messages);
  }

  #findLeast(): number {
    this.#least ??= Math.min(...this.#followed.values());
    return this.#least;
  }

  /** Returns true when all have been counted. */
  #step(walk: Walk): boolean {
    let counted = 0;
    const accounts = this.#statements.owed.all(walk.upTo, ACCOUNTS_AT_ONCE);
    for (const account of accounts) {
      const messages = this.#statements.count.get({ account }) ?? 0;
      this.setCount(account, messages);
      walk.upTo = account;
      counted += messages;
      if (counted >= COUNTED_AT_ONCE) return false;
    }
    return accounts.length < ACCOUNTS_AT_ONCE;
  }
}

function prepare(db: Database) {
  return {
    read: db.prepare<[], [number, number]>('SELECT account, messages FROM account_most').raw(),
    write: db.prepare<[number, number]>(
      'INSERT INTO account_most VALUES (?, ?) ON CONFLICT DO UPDATE SET messages = excluded.messages',
    ),
    remove: db.prepare<[number]>('DELETE FROM account_most WHERE account = ?'),
    owed: db
      .prepare<[number, number], number>(
        'SELECT id FROM account WHERE id > ? AND has_messages = 1 ORDER BY id LIMIT ?',
      )
      .pluck(),
    count: db
      .prepare<[object], number>(`
        SELECT (SELECT count(*) FROM account_message_old WHERE account = @account)
          + (SELECT count(*) FROM account_message_young WHERE account = @account)`)
      .pluck(),
  };
}
