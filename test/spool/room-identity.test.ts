import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../../src/spool/migrations.js';

const STEP = MIGRATIONS.findIndex(step => step.includes('room_message_identity'));

test('what an older respool kept of rooms without ids is known by its content still', () => {
  const db = new Database(':memory:');
  for (const step of MIGRATIONS.slice(0, STEP)) db.exec(step);
  db.exec("INSERT INTO room (id, jid) VALUES (1, 'garden@conference.alpha.test')");
  const insert = db.prepare(
    "INSERT INTO room_message VALUES (?, 1, ?, 'garden@conference.alpha.test/eve', NULL, NULL, '', 0, 0, 1, 1)",
  );
  insert.run(1, 'id 77');
  insert.run(2, 'aGFzaCBvZiBpdCBh');
  for (const step of MIGRATIONS.slice(STEP)) db.exec(step);
  const identities = db.prepare('SELECT identity FROM room_message ORDER BY id').pluck().all();
  assert.deepEqual(identities, [null, 'aGFzaCBvZiBpdCBh']);
});
