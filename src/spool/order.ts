import type { Database } from 'better-sqlite3';
import type { Counters } from './counters.js';

interface OrderSizes {
  /** Where so many messages are young, they become old. */
  young: number;
  /** So many at least become old with a batch, until all have. */
  slice: number;
}

const SIZES: OrderSizes = { young: 40_000, slice: 1_000 };
/** Name of the counter after which no message is old; a trigger knows it too. */
const LAST_OLD = 'last_old_message_id';

/** Where a message stands among all, by account and then by arrival. */
interface Place {
  account: number;
  message: number;
}

const BEGINNING: Place = { account: 0, message: 0 };
const END: Place = { account: Number.MAX_SAFE_INTEGER, message: Number.MAX_SAFE_INTEGER };

/**
 * Which messages an account has, in the order of their arrival: the view `account_message`, kept by triggers. In one
 * index of a large spool nearly each message would have a page of its own to be written. So what comes goes into a small
 * table first (young). When that is full, what is still there goes into the large one (old), in order, a part with each
 * batch: a page then takes many at once, and what is proved soon never gets there.
 */
export class Order {
  readonly #counters: Counters;
  readonly #sizes: OrderSizes;
  readonly #statements;
  /** How many are young at most, for some are gone again. */
  #young: number;
  /** How many were added in this batch. */
  #added = 0;
  /** What stands up to here has become old, and the rest is to; null: they are not too many. */
  #agedTo: Place | null = null;

  constructor(db: Database, counters: Counters, sizes = SIZES) {
    this.#counters = counters;
    this.#sizes = sizes;
    this.#statements = prepare(db);
    this.#young = this.#count();
  }

  /** A message was added. */
  added(): void {
    this.#added++;
  }

  /**
   * Some of what is young becomes old, where that is much. To be called once a batch.
   * @param lastId of all messages
   */
  age(lastId: number): void {
    const rows = this.#sizes.slice + this.#added; // more than come, so that it ends
    this.#young += this.#added;
    this.#added = 0;
    if (this.#agedTo === null && this.#isFull()) this.#agedTo = BEGINNING;
    if (this.#agedTo === null) return;
    const from = this.#agedTo;
    const to = this.#statements.place.get({ ...from, rows }) ?? null;
    const { account: toAccount, message: toMessage } = to ?? END;
    this.#statements.age.run({ ...from, toAccount, toMessage });
    this.#statements.forgetYoung.run({ ...from, toAccount, toMessage });
    this.#counters.set(LAST_OLD, lastId);
    this.#agedTo = to;
    if (to === null) this.#young = this.#count();
  }

  /** The first messages of an account. */
  oldest(account: number, limit: number): number[] {
    return this.#statements.oldest.all(account, limit);
  }

  /** Where many are gone again, the rest need not become old. */
  #isFull(): boolean {
    if (this.#young < this.#sizes.young) return false;
    this.#young = this.#count();
    return 2 * this.#young >= this.#sizes.young;
  }

  #count(): number {
    return this.#statements.count.get() ?? 0;
  }
}

/**
 * SQL for messages of one account in their order, at most `@limit`. It has an arm for each part: SQLite merges these and
 * reads no further than the limit, while the view would be read and sorted as a whole.
 * @param columns beside `id`, of `message`
 * @param account an expression for the account's id
 * @param where is said of `message`, and of `one.message`, which is its id
 * @param join brings in what else the columns name
 */
export function inOrder(columns: string, account: string, where: string, join = ''): string {
  const arm = (part: string) => `
    SELECT one.message AS id, ${columns} FROM account_message_${part} AS one
      CROSS JOIN message ON message.id = one.message ${join}
    WHERE one.account = ${account} AND ${where}`;
  return `${arm('old')} UNION ALL ${arm('young')} ORDER BY id LIMIT @limit`;
}

function prepare(db: Database) {
  const slice =
    '(account, message) > (@account, @message) AND (account, message) <= (@toAccount, @toMessage)';
  return {
    count: db.prepare<[], number>('SELECT count(*) FROM account_message_young').pluck(),
    place: db.prepare<[object], Place>(`
      SELECT account, message FROM account_message_young WHERE (account, message) > (@account, @message)
      ORDER BY account, message LIMIT 1 OFFSET @rows - 1`),
    age: db.prepare<[object]>(
      `INSERT INTO account_message_old SELECT account, message, size FROM account_message_young WHERE ${slice}`,
    ),
    forgetYoung: db.prepare<[object]>(`DELETE FROM account_message_young WHERE ${slice}`),
    oldest: db
      .prepare<[number, number], number>(
        'SELECT message FROM account_message WHERE account = ? ORDER BY message LIMIT ?',
      )
      .pluck(),
  };
}
