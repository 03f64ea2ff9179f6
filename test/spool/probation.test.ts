import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import type { Device } from '../../src/spool/accounts.js';
import type { NewMessage } from '../../src/spool/content.js';
import { recordsOf } from '../../src/spool/export.js';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { beginsOnProbation, surplus } from '../../src/spool/probation.js';
import { queueRecord } from '../../src/spool/record.js';
import { Spool } from '../../src/spool/spool.js';
import { QUOTAS } from './quotas.js';

const DAY = 86_400_000;
const BOB = 'bob@example.org';

/** A spool, and logins of bob's resources a minute apart. */
class Logins {
  readonly db = new Database(':memory:');
  #spool: Spool;
  readonly #most: number;
  #sessions = 0;
  #at = 1_000;

  constructor(most = 10, steps: readonly string[] = MIGRATIONS) {
    for (const step of steps) this.db.exec(step);
    this.#most = most;
    this.#spool = this.#open();
  }

  #open(): Spool {
    const devices = { sync: true, forgetAfter: 30 * DAY, maxPerAccount: this.#most };
    const rooms = { replay: true, maxAge: DAY, maxPerRoom: 10 };
    return new Spool(this.db, {
      ...QUOTAS,
      maxPerAccount: 100,
      maxSize: 1 << 30,
      devices,
      rooms,
      history: null,
    });
  }

  /** respool stops and starts. */
  restart(): void {
    this.#spool = this.#open();
  }

  arrive(resource: string, session = ++this.#sessions, device = true): number {
    this.#at += 60_000;
    const arrival = { session, account: BOB, resource, device, priority: 0, anew: true, at: this.#at };
    this.#spool.apply([{ do: 'arrive', ...arrival }]);
    return session;
  }

  leave(session: number): void {
    this.#at += 60_000;
    this.#spool.apply([{ do: 'leave', session, at: this.#at }]);
  }

  /** Each logs in and goes. */
  visit(...resources: string[]): this {
    for (const resource of resources) this.leave(this.arrive(resource));
    return this;
  }

  store(id: string): void {
    const texts = { account: BOB, identity: id, from: 'alice@example.org/pc', to: BOB, stanzaId: id };
    const times = { receivedAt: this.#at, stamp: this.#at, expiresAt: this.#at + 30 * DAY };
    const rest = {
      sentBy: null,
      room: null,
      alone: false,
      counts: true,
      refersTo: null,
      type: 'chat',
      lang: null,
      payload: '<body>x</body>',
    };
    const message: NewMessage = { ...texts, ...times, ...rest };
    this.#spool.apply([{ do: 'store', message }]);
  }

  pass(ms: number): void {
    this.#at += ms;
    this.#spool.apply([{ do: 'sweep', at: this.#at }]);
  }

  restore(records: readonly unknown[]): unknown {
    const parsed = records.map(record => queueRecord.parse(record));
    return this.#spool.apply([{ ask: 'restore', records: parsed, offset: 0 }])[0];
  }

  get known(): string[] {
    return this.db
      .prepare<[], string>(`SELECT resource || iif(probation, '?', '') FROM device ORDER BY id`)
      .pluck()
      .all();
  }

  /** To whom a message is owed. */
  owed(id: string): unknown[] {
    const sql = `SELECT resource FROM message, device WHERE stanza_id = ? AND (owed >> slot) & 1 ORDER BY resource`;
    return this.db.prepare(sql).pluck().all(id);
  }
}

const BIND2 = 'phone.p9C0wuk2ya';
const converse = (n: number) => `converse.js-${100_000 + n}`;

describe('a resource', () => {
  for (const resource of [BIND2, 'Conversations.aB3_+xyz90', 'my.phone.p9C0wuk2ya']) {
    test(`${resource} is of Bind2, the same at each login`, () =>
      assert.equal(beginsOnProbation(resource), false));
  }
  for (const resource of [
    'phone',
    converse(1),
    'converse.js-1234567',
    'go-sendxmpp.a547df91',
    '.p9C0wuk2y',
    'p9C0wuk2ya',
  ]) {
    test(`${resource} may be made anew at each login`, () => assert.equal(beginsOnProbation(resource), true));
  }
});

describe('a resource that was seen once', () => {
  test('is on probation until it logs in again after its session ended', () => {
    const logins = new Logins();
    const session = logins.arrive('phone');
    logins.arrive('phone', session); // its presence once more
    assert.deepEqual(logins.known, ['phone?']);
    logins.leave(session);
    assert.deepEqual(logins.known, ['phone?']);
    logins.arrive('phone');
    assert.deepEqual(logins.known, ['phone']);
  });

  test('has come back where it acts in another session and has shown no presence yet', () => {
    const logins = new Logins().visit('phone');
    logins.arrive('phone', undefined, false);
    assert.deepEqual(logins.known, ['phone']);
  });

  test('has come back where a later run of respool sees it', () => {
    const logins = new Logins();
    logins.arrive('phone');
    logins.restart();
    logins.arrive('phone');
    assert.deepEqual(logins.known, ['phone']);
  });

  test('is a device at once where it is of Bind2', () => {
    assert.deepEqual(new Logins().visit(BIND2).known, [BIND2]);
  });

  test('is owed what comes, like a device', () => {
    const logins = new Logins().visit('phone', 'phone', 'tablet');
    logins.store('m');
    assert.deepEqual(logins.owed('m'), ['phone', 'tablet']);
  });

  test('goes after three days that it was not seen, with what it lacked; one that has come back stays', () => {
    const logins = new Logins().visit('phone', 'phone', 'tablet');
    logins.store('m');
    logins.pass(3 * DAY - 120_000);
    assert.deepEqual(logins.known, ['phone', 'tablet?']);
    logins.pass(240_000);
    assert.deepEqual([logins.known, logins.owed('m')], [['phone'], ['phone']]);
    logins.pass(28 * DAY);
    assert.deepEqual(logins.known, []);
  });

  test('stays as long as it is there', () => {
    const logins = new Logins();
    logins.arrive('phone');
    logins.pass(20 * DAY);
    assert.deepEqual(logins.known, ['phone?']);
  });

  test('goes for a fourth one, the one not seen for longest first, and one that is there last', () => {
    const logins = new Logins();
    logins.arrive('there');
    logins.visit('a', 'b', 'c');
    assert.deepEqual(logins.known, ['there?', 'b?', 'c?']);
  });
});

describe('ten logins with resources that never come back', () => {
  test('push out neither the phone nor what it lacks', () => {
    const logins = new Logins().visit('phone', 'phone');
    logins.store('m');
    for (let n = 0; n < 10; n++) logins.visit(converse(n));
    assert.deepEqual(logins.known, ['phone', ...[7, 8, 9].map(n => `${converse(n)}?`)]);
    assert.deepEqual(logins.owed('m'), ['phone']);
  });

  test('push out nobody where the account has as many devices as it may', () => {
    const logins = new Logins(2).visit('phone', 'phone', 'laptop', 'laptop');
    for (let n = 0; n < 10; n++) logins.visit(converse(n));
    assert.deepEqual(logins.known.slice(0, 2), ['phone', 'laptop']);
    assert.equal(logins.known.length, 5);
  });
});

describe('an account with as many devices as it may have', () => {
  test('loses the one not seen for longest to one that comes back, and none on probation', () => {
    const logins = new Logins(2).visit('phone', 'phone', 'laptop', 'laptop', 'tablet', 'x', 'tablet');
    assert.deepEqual(logins.known, ['laptop', 'tablet', 'x?']);
    assert.deepEqual(logins.visit(BIND2).known, ['tablet', 'x?', BIND2]);
  });

  test('has no more slots than there are: only one on probation goes for one that was seen once', () => {
    const logins = new Logins(50);
    const many = Array.from({ length: 49 }, (_, n) => `device${n}`);
    for (const name of many) logins.visit(name, name);
    logins.visit('x', 'y');
    assert.deepEqual(logins.known, [...many, 'y?']);
    logins.visit('y');
    assert.deepEqual(logins.known, [...many, 'y']);
    logins.visit('z');
    assert.deepEqual(logins.known, [...many, 'y'], 'there is no room for one that was seen once');
  });
});

describe('who has to go', () => {
  const some = (lasting: number, onProbation: number) =>
    Array.from({ length: lasting + onProbation }, (_, n): Device => {
      return { id: n, slot: n + 1, resource: `${n}`, onProbation: n >= lasting };
    });
  const cases: [
    lasting: number,
    onProbation: number,
    comes: 'new' | 'back' | 'bind2',
    goes: [number, number],
  ][] = [
    [9, 2, 'new', [0, 0]],
    [10, 3, 'new', [0, 1]],
    [9, 3, 'back', [0, 0]],
    [10, 3, 'back', [1, 0]],
    [12, 1, 'bind2', [3, 0]],
    [9, 3, 'bind2', [0, 0]],
  ];
  for (const [lasting, onProbation, comes, goes] of cases) {
    test(`${lasting} devices, ${onProbation} on probation, one is ${comes}: ${goes} go`, () => {
      const one = { isKnown: comes === 'back', onProbation: comes === 'new' };
      const over = surplus(some(lasting, onProbation), one, 10);
      assert.deepEqual([over.others, over.onProbation], goes);
    });
  }
});

describe('probation and files of before', () => {
  test('a spool of before: its devices have come back', () => {
    const logins = new Logins(10);
    assert.deepEqual(logins.visit('phone').known, ['phone?']);
    const old = new Database(':memory:');
    for (const step of MIGRATIONS.slice(0, -1)) old.exec(step);
    old.exec(`INSERT INTO account (id, jid, has_messages) VALUES (1, '${BOB}', 0);
      INSERT INTO device (account, slot, resource, first_seen, last_seen, online, priority)
      VALUES (1, 1, 'phone', 1, 2, 0, 0)`);
    old.exec(MIGRATIONS.at(-1) ?? '');
    assert.deepEqual(old.prepare('SELECT probation FROM device').pluck().all(), [0]);
  });

  test('an exported queue says who is on probation; of one from before all have come back', () => {
    const logins = new Logins().visit('phone', 'phone', 'x');
    const records = [...recordsOf(logins.db, 0)].filter(({ record }) => record === 'device');
    const again = new Logins();
    again.restore(records);
    assert.deepEqual(again.known, ['phone', 'x?']);
    const before = new Logins();
    before.restore(records.map(record => JSON.parse(JSON.stringify({ ...record, probation: undefined }))));
    assert.deepEqual(before.known, ['phone', 'x']);
  });

  test('an import puts no more on probation than an account may have there', () => {
    const records = [...recordsOf(new Logins().visit('a', 'b', 'c').db, 0)].filter(
      ({ record }) => record === 'device',
    );
    const other = new Logins().visit('x', 'y');
    other.restore(records);
    assert.deepEqual(other.known, ['x?', 'y?', 'a?']);
  });
});
