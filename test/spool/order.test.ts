import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { Counters } from '../../src/spool/counters.js';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { Order } from '../../src/spool/order.js';

const MOST_YOUNG = 4;
const ACCOUNTS = [1, 2];
const EVER = Number.MAX_SAFE_INTEGER;
const account = fc.constantFrom(...ACCOUNTS);
const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), account }),
  fc.record({ do: fc.constant('import' as const), account }),
  fc.record({ do: fc.constant('remove' as const), nth: fc.nat() }),
  fc.record({ do: fc.constant('write' as const) }),
  fc.record({ do: fc.constant('restart' as const) }),
);

/** A spool's tables, and the messages that should be in them. */
class Table {
  readonly db = new Database(':memory:');
  order: Order;
  rows: { id: number; account: number }[] = [];
  #lastId = 0;

  constructor() {
    for (const one of MIGRATIONS) this.db.exec(one);
    for (const id of ACCOUNTS) this.db.prepare("INSERT INTO account VALUES (?, 'of ' || ?, 1)").run(id, id);
    this.order = this.#opened();
  }

  /** @param id not the next one, where it was kept for what is imported */
  add(account: number, id = ++this.#lastId): void {
    this.db
      .prepare(`
        INSERT INTO message (id, account, owed, sent, pushed, identity, sender, recipient, payload, received_at, stamp,
          expires_at, size) VALUES (?, ?, 1, 0, 0, '', '', '', '', 0, 0, 0, 0)`)
      .run(id, account);
    this.order.added();
    this.rows.push({ id, account });
  }

  /** An id that nobody has had. */
  reserve(): number {
    return ++this.#lastId;
  }

  remove(nth: number): void {
    const row = this.rows[nth % this.rows.length];
    if (row === undefined) return;
    this.db.prepare('DELETE FROM message WHERE id = ?').run(row.id);
    this.rows = this.rows.filter(one => one !== row);
  }

  write(): void {
    this.order.write(this.#lastId);
  }

  restart(): void {
    this.order = this.#opened();
  }

  of(account: number): number[] {
    const ids = this.rows.filter(row => row.account === account).map(({ id }) => id);
    return ids.sort((one, other) => one - other);
  }

  count(part: 'young' | 'old'): unknown {
    return this.db.prepare(`SELECT count(*) FROM account_message_${part}`).pluck().get();
  }

  #opened(): Order {
    return new Order(this.db, new Counters(this.db), MOST_YOUNG);
  }
}

describe('the order of the messages of an account', () => {
  test('is that of their arrival, whatever came, went, was imported or became old', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const table = new Table();
        const kept: number[] = [];
        for (const one of steps) {
          if (one.do === 'add') {
            table.add(one.account);
            kept.push(table.reserve());
          } else if (one.do === 'import') {
            const id = kept.shift();
            if (id !== undefined) table.add(one.account, id);
          } else if (one.do === 'remove') table.remove(one.nth);
          else table[one.do]();
          for (const account of ACCOUNTS) {
            const ids = table.of(account);
            assert.deepEqual(table.order.oldest(account, 100), ids);
            assert.deepEqual(table.order.oldest(account, 2), ids.slice(0, 2));
            const [after = 0] = ids;
            const range = { after, upTo: EVER, limit: 2 };
            assert.equal(table.order.end(account, range), ids.slice(1, 3).at(-1));
            assert.equal(table.order.end(account, { ...range, upTo: after }), undefined);
          }
        }
      }),
    );
  });

  test('has in its small part what came of late, until that is full', () => {
    const table = new Table();
    for (let n = 1; n < MOST_YOUNG; n++) table.add(1);
    table.write();
    assert.deepEqual([table.count('young'), table.count('old')], [MOST_YOUNG - 1, 0]);
    table.restart();
    table.add(2);
    table.write();
    assert.deepEqual([table.count('young'), table.count('old')], [0, MOST_YOUNG]);
    table.add(1);
    table.write();
    assert.deepEqual([table.count('young'), table.count('old')], [1, MOST_YOUNG]);
    for (let n = 0; n < MOST_YOUNG; n++) table.remove(0);
    assert.deepEqual([table.count('young'), table.count('old')], [1, 0]);
  });

  test('keeps young what is proved soon', () => {
    const table = new Table();
    table.add(2);
    for (let n = 0; n < 10 * MOST_YOUNG; n++) {
      table.add(1);
      table.remove(1);
      table.write();
    }
    assert.deepEqual([table.count('young'), table.count('old')], [1, 0]);
  });
});
