import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { type AccountShare, InsightReader } from '../../src/spool/insight.js';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { Spool } from '../../src/spool/spool.js';
import { Random } from '../bench/random.js';
import { emptySpool } from './empty.js';
import { LIMITS, message } from './made.js';

/** The index of the migration that made its table. */
const STEP = MIGRATIONS.findIndex(step => step.includes('CREATE TABLE account_most'));
/** So many are followed. */
const KEPT = 200;

function opened() {
  const db = emptySpool();
  const open = () => new Spool(db, { ...LIMITS, maxPerAccount: 10_000 });
  let spool = open();
  let last = 0;
  const reader = new InsightReader(db);
  return {
    /** An account gets so many. */
    store(account: string, count: number): void {
      const one = () => ({ do: 'store', message: message(++last, { account }) }) as const;
      spool.apply(Array.from({ length: count }, one));
    },
    /** It has so many of them no more. */
    drop: (account: string, limit: number) => spool.apply([{ ask: 'drop', account, at: 1, limit }]),
    sweep: () => spool.apply([{ do: 'sweep', at: 1 }]),
    restart() {
      spool = open();
    },
    most: () => reader.most(),
    /** Found by counting all. */
    counted: () => reader.read(1).accounts,
    followed: () =>
      db
        .prepare<[], string>('SELECT jid FROM account_most JOIN account ON id = account_most.account')
        .pluck()
        .all(),
  };
}

const numbers = (shares: readonly AccountShare[]) => shares.map(({ messages }) => messages);
const name = (n: number) => `user${n}@example.org`;

describe('who has most', () => {
  test('is followed as messages come and go, with the names', () => {
    const { store, drop, most } = opened();
    store(name(1), 3);
    store(name(2), 5);
    assert.deepEqual(most(), [
      { account: name(2), messages: 5 },
      { account: name(1), messages: 3 },
    ]);
    drop(name(2), 4);
    assert.deepEqual(numbers(most()), [3, 1]);
    drop(name(1), 10);
    assert.deepEqual(most(), [{ account: name(2), messages: 1 }]);
  });

  for (const order of ['rising', 'falling'] as const) {
    test(`where those that are followed have theirs, a sweep finds the next (${order})`, () => {
      const { store, drop, sweep, most, counted, followed } = opened();
      const counts = Array.from({ length: 3 * KEPT }, (_, n) => 1 + Math.floor(n / 100));
      if (order === 'falling') counts.reverse();
      for (const [n, count] of counts.entries()) store(name(n), count);
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(numbers(most()), numbers(counted()), `round ${round}`);
        const known = followed();
        assert.equal(known.length, KEPT);
        for (const account of known) drop(account, 10);
        assert.deepEqual(most(), [], 'nothing is said that is not certain');
        sweep();
      }
      assert.deepEqual(counted(), []);
    });
  }

  for (const seed of [1, 2, 3]) {
    test(`whatever happens, what is shown is true, and soon it is all (seed ${seed})`, () => {
      const { store, drop, sweep, restart, most, counted } = opened();
      const random = new Random(seed);
      for (let round = 0; round < 40; round++) {
        for (let n = 0; n < 40; n++) {
          const account = name(random.below(320));
          if (random.next() < (round % 8 < 5 ? 0.8 : 0.1)) store(account, 1 + random.below(5));
          else drop(account, 1 + random.below(8));
        }
        if (round % 10 === 9) restart();
        const shown = numbers(most());
        assert.deepEqual(shown, numbers(counted()).slice(0, shown.length), `round ${round}`);
        sweep();
        assert.deepEqual(numbers(most()), numbers(counted()), `round ${round}, swept`);
      }
    });
  }

  test('a spool of the schema before this one is counted once', () => {
    const db = new Database(':memory:');
    for (const step of MIGRATIONS.slice(0, STEP)) db.exec(step);
    const account = db.prepare('INSERT INTO account (id, jid, has_messages) VALUES (?, ?, 1)');
    const insert = db.prepare(`
      INSERT INTO message (account, owed, sent, pushed, identity, sender, recipient, payload, received_at, stamp,
        expires_at, size) VALUES (?, 1, 0, 0, '', '', '', '', 0, 0, 0, 0)`);
    for (let id = 1; id <= KEPT + 5; id++) {
      account.run(id, name(id));
      for (let n = 0; n < 1 + (id % 4); n++) insert.run(id);
    }
    for (const step of MIGRATIONS.slice(STEP)) db.exec(step);
    const reader = new InsightReader(db);
    assert.deepEqual(numbers(reader.most()), numbers(reader.read(1).accounts));
    assert.equal(db.prepare("SELECT value FROM counter WHERE name = 'most.floor'").pluck().get(), 1);
  });
});
