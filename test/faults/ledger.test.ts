import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { arrival, heard, opened } from '../spool/opened.js';
import { Ledger, MARK } from './ledger.js';
import { USER } from './tricks.js';

const ROOM = 'garden@conference.example.org';
const MOST = 3;

let spool: ReturnType<typeof opened>['spool'];
let ledger: Ledger;
before(() => {
  const made = opened({ rooms: { replay: true, maxAge: 1e12, maxPerRoom: MOST } });
  spool = made.spool;
  ledger = new Ledger(made.db.name);
});
after(() => ledger.close());

/** What was marked with this number, for whom, and what became of it. */
const lines = () => ledger.next().map(({ what, token, owner }) => `${token} ${what}: ${owner}`);

test('what a room has too much of is told for each of its members that is owed it, but not for a hostile one', () => {
  const mallory = { session: 2, account: `${USER}@example.org`, resource: 'r1' };
  spool.apply([arrival(), arrival({ session: 3, resource: 'laptop' }), arrival(mallory)]);
  for (const session of [1, 2, 3])
    spool.apply([{ do: 'join', session, room: ROOM, nick: `n${session}`, at: 1 }]);
  for (const session of [2, 3]) spool.apply([{ do: 'leave', session, at: 1 }]); // it is owed what is said
  for (let id = 1; id <= MOST + 1; id++) {
    const payload = `<body>${MARK}000000${id}</body>`;
    spool.apply([heard(id, ROOM, { payload, receivedAt: id, stamp: id, expiresAt: 1e13 })]);
  }
  assert.deepEqual(
    lines().filter(line => line.includes('settled')),
    ['0000001 settled: bob@example.org/phone', '0000001 settled: bob@example.org/laptop'],
  );
  assert.deepEqual(ledger.undelivered(), [], 'that is for the ledger to tell');
});
