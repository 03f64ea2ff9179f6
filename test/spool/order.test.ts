import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Counters } from '../../src/spool/counters.js';
import { inOrder, Order } from '../../src/spool/order.js';
import { emptySpool } from './empty.js';

const SIZES = { young: 4, slice: 1 };
const ACCOUNTS = [1, 2];
const account = fc.constantFrom(...ACCOUNTS);
const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), account }),
  fc.record({ do: fc.constant('import' as const), account }),
  fc.record({ do: fc.constant('remove' as const), nth: fc.nat() }),
  fc.record({ do: fc.constant('age' as const) }),
  fc.record({ do: fc.constant('restart' as const) }),
);

/** A spool's tables, and the messages that should be in them. */
class Table {
  readonly db = emptySpool();
  order: Order;
  rows: { id: number; account: number }[] = [];
  #lastId = 0;

  constructor() {
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

  age(): void {
    this.order.age(this.#lastId);
  }

  /** Two messages after one. */
  next(account: number, after: number): unknown[] {
    const sql = inOrder('owed', '@account', 'one.message > @after');
    return this.db.prepare(sql).pluck().all({ account, after, limit: 2 });
  }

  restart(): void {
    this.order = this.#opened();
  }

  of(account: number): number[] {
    const ids = this.rows.filter(row => row.account === account).map(({ id }) => id);
    return ids.sort((one, other) => one - other);
  }

  /** How many are in each. */
  parts(): { young: unknown; old: unknown } {
    const count = (part: string) =>
      this.db.prepare(`SELECT count(*) FROM account_message_${part}`).pluck().get();
    return { young: count('young'), old: count('old') };
  }

  #opened(): Order {
    return new Order(this.db, new Counters(this.db), SIZES);
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
            assert.deepEqual(table.next(account, after), ids.slice(1, 3));
          }
        }
      }),
    );
  });

  test('has in its small part what came of late, until that is full, and then less with each batch', () => {
    const table = new Table();
    for (let n = 1; n < SIZES.young; n++) table.add(2);
    table.age();
    assert.deepEqual(table.parts(), { young: 3, old: 0 });
    table.restart();
    table.add(2);
    table.age();
    assert.deepEqual(table.parts(), { young: 2, old: 2 }, 'one more than came');
    table.add(1);
    table.age();
    assert.deepEqual(
      table.parts(),
      { young: 1, old: 4 },
      'what came meanwhile for an account before is young',
    );
    for (let n = 0; n < 4; n++) table.remove(0);
    assert.deepEqual(table.parts(), { young: 1, old: 0 });
  });

  test('keeps young what is proved soon', () => {
    const table = new Table();
    table.add(2);
    for (let n = 0; n < 10 * SIZES.young; n++) {
      table.add(1);
      table.remove(1);
      table.age();
    }
    assert.deepEqual(table.parts(), { young: 1, old: 0 });
  });
});
