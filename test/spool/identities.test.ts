import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { Identities } from '../../src/spool/identities.js';
import { tries } from '../tries.js';

/** So few that every part of it runs over. */
const FEW = { recent: 4, atStart: 3, whole: 6 };
const ACCOUNTS = [1, 2, 3];
const account = fc.constantFrom(...ACCOUNTS);
const identity = fc.constantFrom('a', 'b', 'c');
const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), account, identity }),
  fc.record({ do: fc.constant('remove' as const), nth: fc.nat() }),
  fc.record({ do: fc.constant('ask' as const), account, identity }),
  fc.record({ do: fc.constant('restart' as const) }),
);

/** The table as far as it matters here. */
class Table {
  readonly db = new Database(':memory:');
  rows: { id: number; account: number; identity: string }[] = [];
  #lastId = 0;

  constructor() {
    this.db.exec('CREATE TABLE message (id INTEGER PRIMARY KEY, account INTEGER, identity TEXT)');
    this.db.exec('CREATE VIEW account_message AS SELECT account, id AS message FROM message');
  }

  add(account: number, identity: string): number {
    const row = { id: ++this.#lastId, account, identity };
    this.db.prepare('INSERT INTO message VALUES (@id, @account, @identity)').run(row);
    this.rows.push(row);
    return row.id;
  }

  remove(row: { id: number }): void {
    this.db.prepare('DELETE FROM message WHERE id = ?').run(row.id);
    this.rows = this.rows.filter(one => one !== row);
  }

  of(account: number, identity: string): number[] {
    return this.rows.filter(row => row.account === account && row.identity === identity).map(({ id }) => id);
  }

  asAccount(id: number) {
    return { id, messages: this.rows.filter(row => row.account === id).length };
  }
}

describe('the identities of the messages in the spool', () => {
  test('are all found where all are wanted, and the newest at least where those of late are', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        const table = new Table();
        let identities = new Identities(table.db, FEW);
        for (const one of steps) {
          if (one.do === 'add') {
            const id = table.add(one.account, one.identity);
            identities.add(table.asAccount(one.account), one.identity, id);
          } else if (one.do === 'remove') {
            const row = table.rows[one.nth % (table.rows.length || 1)];
            if (row === undefined) continue;
            table.remove(row);
            identities.remove(table.asAccount(row.account), row.identity, row.id);
          } else if (one.do === 'restart') {
            identities = new Identities(table.db, FEW);
          } else {
            const asked = table.asAccount(one.account);
            assert.deepEqual(identities.all(asked, one.identity), table.of(one.account, one.identity));
          }
          const newest = new Set(table.rows.slice(-FEW.atStart).map(({ id }) => id));
          for (const id of ACCOUNTS) {
            for (const name of ['a', 'b', 'c']) {
              const recent = identities.recent(table.asAccount(id), name);
              const all = table.of(id, name);
              assert.deepEqual(recent, all.slice(all.length - recent.length), 'the last of them, in order');
              for (const one of all) if (newest.has(one)) assert.ok(recent.includes(one));
            }
          }
        }
      }),
      { numRuns: tries(400), seed: 7 },
    );
  });

  test('those of late are so many and not more', () => {
    const table = new Table();
    const identities = new Identities(table.db, FEW);
    const ids = Array.from({ length: 40 }, () => {
      const id = table.add(1, 'a');
      identities.add(table.asAccount(1), 'a', id);
      return id;
    });
    const recent = identities.recent(table.asAccount(1), 'a');
    assert.ok(recent.length >= FEW.recent && recent.length < 2 * FEW.recent + 1);
    assert.deepEqual(recent, ids.slice(-recent.length));
  });
});
