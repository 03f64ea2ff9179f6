import type { Database } from 'better-sqlite3';
import type { Counters } from './counters.js';

/** Where so many messages are young, they become old. */
const MOST_YOUNG = 40_000;
/** Name of the counter after which no message is old; triggers know it too. */
const LAST_OLD = 'last_old_message_id';

/**
 * Which messages an account has, in the order of their arrival: the view `account_message`, kept by triggers. In one
 * index of a large spool nearly each message would have a page of its own to be written. So what comes goes into a small
 * table first (young), and what is still there when that is full goes into the large one (old), sorted: a page
 * then takes many at once, and what is proved soon never gets there.
 */
export class Order {
  readonly #counters: Counters;
  readonly #mostYoung: number;
  readonly #statements;
  /** How many are young at most, for some are gone again. */
  #young: number;

  constructor(db: Database, counters: Counters, mostYoung = MOST_YOUNG) {
    this.#counters = counters;
    this.#mostYoung = mostYoung;
    this.#statements = prepare(db);
    this.#young = this.#statements.countYoung.get() ?? 0;
  }

  /** A message was added. */
  added(): void {
    this.#young++;
  }

  /**
   * What is young becomes old where it is much.
   * @param lastId of all messages
   */
  write(lastId: number): void {
    if (this.#young < this.#mostYoung) return;
    this.#young = this.#statements.countYoung.get() ?? 0;
    if (2 * this.#young < this.#mostYoung) return;
    this.#statements.age.run();
    this.#statements.forgetYoung.run();
    this.#counters.set(LAST_OLD, lastId);
    this.#young = 0;
  }

  /** The first messages of an account. */
  oldest(account: number, limit: number): number[] {
    return this.#statements.oldest.all(account, limit);
  }

  /** @returns the last of the next `limit` messages of an account after one and up to another, undefined where there is none */
  end(account: number, range: { after: number; upTo: number; limit: number }): number | undefined {
    return this.#statements.end.get({ account, ...range }) ?? undefined;
  }
}

function prepare(db: Database) {
  return {
    countYoung: db.prepare<[], number>('SELECT count(*) FROM account_message_young').pluck(),
    age: db.prepare('INSERT INTO account_message_old SELECT account, message FROM account_message_young'),
    forgetYoung: db.prepare('DELETE FROM account_message_young'),
    oldest: db
      .prepare<[number, number], number>(
        'SELECT message FROM account_message WHERE account = ? ORDER BY message LIMIT ?',
      )
      .pluck(),
    // Alone, the view is read no further than the limit; joined with messages, it would be sorted as a whole first
    end: db
      .prepare<[object], number | null>(`
        SELECT max(message) FROM (
          SELECT message FROM account_message
          WHERE account = @account AND message > @after AND message <= @upTo ORDER BY message LIMIT @limit)`)
      .pluck(),
  };
}
