import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { Sleepers } from '../../src/spool/sleepers.js';

const DEVICE = 1;

function emptySpool(): Database.Database {
  const db = new Database(':memory:');
  for (const step of MIGRATIONS) db.exec(step);
  return db;
}

test('of one device no more than 5 000 messages and 168 pings are written down', () => {
  const sleepers = new Sleepers(emptySpool());
  for (let message = 1; message <= 5_001; message++) sleepers.add(DEVICE, message, 'live');
  const pings = Array.from({ length: 169 }, (_, n) => sleepers.addPing(DEVICE, `ping ${n}`, n, []));
  assert.equal(sleepers.of(DEVICE).length, 5_000);
  assert.equal(pings.indexOf(undefined), 168);
});

test('what is removed makes room, for a spool that is opened anew too', () => {
  const db = emptySpool();
  const before = new Sleepers(db);
  for (let message = 1; message <= 5_000; message++) before.add(DEVICE, message, 'live');
  const sleepers = new Sleepers(db);
  sleepers.add(DEVICE, 6_000, 'live');
  sleepers.remove(DEVICE, 1);
  sleepers.add(DEVICE, 7_000, 'live');
  const held = sleepers.of(DEVICE).map(({ message }) => message);
  assert.deepEqual([held.length, held.at(-1)], [5_000, 7_000]);
});

test('a replay that no ping has followed is not known after a restart: the server may never have got it', () => {
  const db = emptySpool();
  const before = new Sleepers(db);
  before.add(DEVICE, 1, 'live');
  before.add(DEVICE, 2, 'replay');
  before.addPing(DEVICE, 'ping', 0, [2]);
  before.add(DEVICE, 3, 'replay');
  before.add(DEVICE, 1, 'replay'); // it is sent again
  assert.deepEqual(
    new Sleepers(db).of(DEVICE).map(({ message, way }) => [message, way]),
    [[2, 'replay']],
  );
});
