import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import type { Command } from '../../src/spool/command.js';
import type { NewMessage } from '../../src/spool/content.js';
import { type Insight, InsightReader, successOf } from '../../src/spool/insight.js';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { Spool } from '../../src/spool/spool.js';
import { emptySpool } from './empty.js';
import { QUOTAS } from './quotas.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A moment in the middle of a minute. */
const NOW = Date.UTC(2026, 10, 23, 12, 30, 30);
/** The index of the migration that made these tables. */
const FLOW_STEP = MIGRATIONS.findIndex(step => step.includes('CREATE TABLE flow'));
const BOB = 'bob@example.org';

function opened(maxPerAccount = 100) {
  const db = emptySpool();
  const devices = { sync: true, forgetAfter: 30 * 24 * HOUR, maxPerAccount: 10 };
  const rooms = { replay: true, maxAge: HOUR, maxPerRoom: 10 };
  const spool = new Spool(db, { ...QUOTAS, maxPerAccount, maxSize: 1 << 30, devices, rooms, history: null });
  const tell = (...commands: Command[]) => void spool.apply(commands);
  const insight = (now = NOW) => new InsightReader(db).read(now);
  const pending = () =>
    db.prepare("SELECT value FROM counter WHERE name = 'pending'").pluck().get() as number;
  return { db, tell, insight, pending, ask: (question: never) => spool.apply([question]) };
}

let last = 0;
function message(at: number, changes: Partial<NewMessage> = {}): Command & { do: 'store' } {
  const identity = `identity ${++last}`;
  const to = changes.account ?? BOB;
  const of = {
    account: BOB,
    sentBy: null,
    room: null,
    alone: false,
    counts: true,
    refersTo: null,
    identity,
    from: 'alice@example.org/pc',
    to,
  };
  const what = { type: 'chat', stanzaId: identity, lang: null, payload: '<body>hush</body>' };
  const times = { receivedAt: at, stamp: at, expiresAt: at + 14 * 24 * HOUR };
  return { do: 'store', message: { ...of, ...what, ...times, ...changes } };
}

const arrive = (session: number, resource: string, at: number): Command => ({
  do: 'arrive',
  session,
  account: BOB,
  resource,
  device: true,
  priority: 0,
  anew: false,
  at,
});
const prove = (session: number, group: number, at: number): Command => ({
  do: 'prove',
  session,
  ping: group,
  groups: [group],
  at,
  took: 1,
});

/** A message that ejabberd delivers at once, with proof at this moment. */
function delivery(session: number, at: number): Command[] {
  const stored = message(at);
  const { identity } = stored.message;
  const group = last;
  const hand = { do: 'hand', session, group, account: BOB, identity, way: 'live', fresh: false } as const;
  return [stored, { ...hand, message: null }, prove(session, group, at)];
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const inAll = ({ ages }: Insight) => sumOf(ages.map(({ pending }) => pending));

describe('deliveries over time', () => {
  test('each counts in its minute, in the last hour and day, and since the start', () => {
    const { tell, insight } = opened();
    tell(arrive(1, 'phone', NOW - 30 * HOUR), ...delivery(1, NOW - 30 * HOUR));
    tell({ do: 'begin', at: NOW - 25 * HOUR });
    for (const age of [24 * HOUR, 23 * HOUR, 60 * MINUTE, 59 * MINUTE, 0]) tell(...delivery(1, NOW - age));
    const { hour, day, sinceStart, minutes, hours } = insight();
    assert.deepEqual([hour.delivered, day.delivered, sinceStart.delivered], [2, 4, 5]);
    assert.deepEqual([minutes.delivered[0], minutes.delivered.at(-1), sumOf(minutes.delivered)], [1, 1, 2]);
    assert.deepEqual([hours.delivered[0], hours.delivered.at(-2), hours.delivered.at(-1)], [1, 1, 2]);
    assert.deepEqual([minutes.delivered.length, hours.delivered.length], [60, 24]);
    assert.equal(successOf(hour), 1);
  });

  test('what expired or was evicted before any device had it is lost; the rest of the fates are not', () => {
    const { tell, insight } = opened(2);
    for (const at of [1, 2, 3]) tell(message(NOW - HOUR / 2 + at)); // one is evicted
    tell(message(NOW - HOUR / 2, { account: 'eve@example.org', expiresAt: NOW - 1 }));
    tell(arrive(1, 'phone', NOW - 10), ...delivery(1, NOW - 9)); // and one more
    const refused = message(NOW, { account: 'ghost@example.org' });
    tell(refused);
    const { account, identity } = refused.message;
    tell(
      { do: 'bounce', account, resource: null, identity, verdict: 'refused', at: NOW },
      { do: 'sweep', at: NOW },
    );
    const { hour } = insight();
    assert.deepEqual([hour.lost, hour.delivered], [3, 1]);
    assert.equal(successOf(hour), 0.25);
  });

  test('a message that one device had is not lost when it expires for another', () => {
    const { tell, insight } = opened();
    tell(arrive(1, 'phone', NOW), arrive(2, 'laptop', NOW), { do: 'leave', session: 2, at: NOW });
    tell(...delivery(1, NOW), { do: 'sweep', at: NOW + 15 * 24 * HOUR });
    assert.deepEqual([insight(NOW + 15 * 24 * HOUR).day.lost, inAll(insight())], [0, 0]);
  });

  test('what is older than a day and an hour is kept by the hour, for thirty days', () => {
    const { db, tell, insight } = opened();
    const ages = [0, 24 * HOUR, 26 * HOUR, 26 * HOUR + MINUTE, 48 * HOUR, 29 * 24 * HOUR, 32 * 24 * HOUR];
    tell(arrive(1, 'phone', NOW));
    for (const age of ages) tell(...delivery(1, NOW - age));
    const before = insight();
    tell({ do: 'sweep', at: NOW }, { do: 'sweep', at: NOW });
    assert.equal(db.prepare('SELECT count(*) FROM flow').pluck().get(), 2);
    assert.equal(db.prepare('SELECT count(*) FROM flow_hour').pluck().get(), 3); // 26 hours are one row of two
    const { month, days, day } = insight();
    assert.deepEqual([day.delivered, month.delivered], [1, 6]);
    assert.deepEqual([days.delivered.length, sumOf(days.delivered)], [30, 6]);
    assert.deepEqual(days.delivered.slice(-3), [1, 3, 1]);
    assert.equal(days.delivered[0], 1);
    assert.deepEqual(before, insight(), 'the same as by the minute');
    assert.equal(insight(NOW + 2 * 24 * HOUR).month.delivered, 5);
  });

  test('where the clock is set back, hours of the future are forgotten', () => {
    const { db, tell, ask, insight } = opened();
    const clocks = (date: number, elapsed: number) =>
      ask({ ask: 'clocks', reading: { date, elapsed, boot: 1 } } as never);
    const FUTURE = NOW + 1000 * 24 * HOUR;
    clocks(FUTURE, 0);
    tell(arrive(1, 'phone', FUTURE), ...delivery(1, FUTURE - 30 * HOUR));
    tell({ do: 'sweep', at: FUTURE });
    assert.equal(db.prepare('SELECT count(*) FROM flow_hour').pluck().get(), 1);
    clocks(NOW, 1000);
    tell(...delivery(1, NOW));
    assert.equal(db.prepare('SELECT count(*) FROM flow_hour').pluck().get(), 0);
    assert.equal(insight().month.delivered, 1);
  });

  test('nothing was due: there is no success, not one of 0 or 1', () => {
    assert.equal(successOf(opened().insight().hour), null);
  });
});

describe('given to a session that ends before it proves it', () => {
  const endings: Record<string, Command[]> = {
    'the session leaves': [{ do: 'leave', session: 1, at: NOW }],
    'it cannot be proved any more': [{ do: 'release', session: 1, groups: [1] }],
    'the stream to ejabberd is lost': [{ do: 'reset' }],
  };

  for (const [name, ending] of Object.entries(endings)) {
    test(`${name}: the replay is of a dead session`, () => {
      const { tell, insight, ask } = opened();
      const stored = message(NOW);
      const { identity } = stored.message;
      const hand = { do: 'hand', session: 1, group: 1, account: BOB, identity, way: 'live' } as const;
      tell(arrive(1, 'phone', NOW), stored, { ...hand, message: null, fresh: false }, ...ending);
      tell(arrive(2, 'phone', NOW), { do: 'mark', session: 2, ping: 1 }, prove(2, 1, NOW));
      ask({ ask: 'take', session: 2, groups: [2], limit: 10, at: NOW } as never);
      tell(prove(2, 2, NOW));
      const { saved, replayed } = insight().hour;
      assert.deepEqual([replayed, saved.session, saved.purge], [1, 1, 0]);
    });
  }
});

describe('what is pending', () => {
  test('by age, for each device: whatever becomes of it, the ages add up to what is pending', () => {
    const { tell, insight, pending, ask } = opened();
    tell(arrive(1, 'phone', NOW), arrive(2, 'laptop', NOW));
    tell(message(NOW), message(NOW - 11 * MINUTE), message(NOW - 2 * HOUR), message(NOW - 8 * 24 * HOUR));
    assert.deepEqual(
      insight().ages.map(({ under, pending: count }) => [under, count]),
      [
        [10 * MINUTE, 3],
        [HOUR, 3],
        [24 * HOUR, 3],
        [7 * 24 * HOUR, 0],
        [null, 3],
      ],
    );
    tell(...delivery(1, NOW)); // the laptop is still owed it
    const steps = [
      () => tell({ do: 'sweep', at: NOW + 6 * 24 * HOUR }), // the oldest expires
      () => void ask({ ask: 'forget', account: BOB, resource: 'laptop' } as never),
      () => tell({ do: 'sweep', at: NOW + 20 * 24 * HOUR }),
    ];
    for (const step of steps) {
      step();
      assert.equal(inAll(insight()), pending());
    }
    assert.equal(pending(), 0);
  });

  test('whose most is, accounts and domains; those that have nothing any more are not there', () => {
    const { tell, insight } = opened();
    for (const count of [1, 2, 3]) {
      for (let n = 0; n < count; n++) tell(message(NOW, { account: `user${count}@host${count}.org` }));
    }
    tell(message(NOW, { account: 'other@host3.org' }));
    tell(message(NOW, { account: 'gone@gone.org', expiresAt: NOW }), { do: 'sweep', at: NOW });
    const { accounts, domains } = insight();
    assert.deepEqual(accounts[0], { account: 'user3@host3.org', messages: 3 });
    assert.deepEqual(accounts.map(({ messages }) => messages).join(), '3,2,1,1');
    assert.deepEqual(domains, [
      { domain: 'host3.org', messages: 4 },
      { domain: 'host2.org', messages: 2 },
      { domain: 'host1.org', messages: 1 },
    ]);
  });

  test('a spool of the schema before this one gets its ages and domains', () => {
    const db = new Database(':memory:');
    for (const step of MIGRATIONS.slice(0, FLOW_STEP)) db.exec(step);
    db.exec(`INSERT INTO account VALUES (1, '${BOB}', 2), (2, 'none@gone.org', 0)`);
    const insert = db.prepare(`
      INSERT INTO message (id, account, owed, sent, pushed, identity, sender, recipient, payload, received_at, stamp,
        expires_at, size) VALUES (?, 1, ?, 0, 0, '', '', '', '', ?, 0, 0, 0)`);
    insert.run(1, 1 + 2 + 2 ** 50, NOW);
    insert.run(2, 2 ** 40, NOW - 2 * HOUR);
    for (const step of MIGRATIONS.slice(FLOW_STEP)) db.exec(step);
    const { ages, domains } = new InsightReader(db).read(NOW);
    assert.deepEqual(
      ages.map(({ pending }) => pending),
      [3, 0, 1, 0, 0],
    );
    assert.deepEqual(domains, [{ domain: 'example.org', messages: 2 }]);
  });
});
