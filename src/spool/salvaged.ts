import type { Database } from 'better-sqlite3';
import { bareOf } from '../xmpp/jid.js';
import { ACCOUNT_SLOT, slotsOf } from './slots.js';

/** In SQL: how many slots are in `owed`. */
const BITS = Array.from({ length: 51 }, (_, slot) => `((owed >> ${slot}) & 1)`).join(' + ');
const ANY_DEVICE = slotsOf([ACCOUNT_SLOT]);

/** Puts right what refers to something that was not saved, and counts anew what follows from the rest. */
export function settleSalvaged(db: Database): void {
  nameAccounts(db);
  db.exec(`
    DELETE FROM device WHERE account NOT IN (SELECT id FROM account);
    UPDATE device SET online = 0;
    DELETE FROM room_member WHERE room NOT IN (SELECT id FROM room) OR device NOT IN (SELECT id FROM device);
    DELETE FROM room_proved WHERE member NOT IN (SELECT id FROM room_member);
    DELETE FROM room_message WHERE room NOT IN (SELECT id FROM room);
    DELETE FROM room_gap WHERE room NOT IN (SELECT id FROM room);
    DELETE FROM refusal WHERE line NOT IN (SELECT id FROM undelivered);
    DELETE FROM room WHERE id NOT IN (SELECT room FROM room_member);
  `);
  oweToSomebody(db);
  db.exec(`
    UPDATE account SET has_messages = EXISTS (SELECT 1 FROM message WHERE message.account = account.id);
    INSERT INTO counter SELECT 'domain.' || substr(jid, instr(jid, '@') + 1) AS name, count(*)
      FROM message JOIN account ON account.id = message.account GROUP BY 1;
    INSERT INTO pending_age SELECT received_at / 60000, sum(pendings) FROM (
      SELECT received_at, ${BITS} AS pendings FROM message
      UNION ALL SELECT received_at, 1 FROM remote_message WHERE state > 0) GROUP BY 1;
    INSERT INTO counter SELECT 'pending', coalesce(sum(pending), 0) FROM pending_age;
    UPDATE remote_message SET state = 1 WHERE state = 2;
  `);
  fillMost(db);
  keepIds(db);
}

/** Fills the table of who has most, if the schema has it; else a later migration fills it. */
function fillMost(db: Database): void {
  const isFollowed =
    db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'account_most'").get() !== undefined;
  if (!isFollowed) return;
  db.exec(`
    DELETE FROM account_most;
    INSERT INTO account_most SELECT account, count(*) FROM message GROUP BY account ORDER BY 2 DESC LIMIT 200;
    INSERT INTO counter SELECT 'most.floor', min(messages) FROM account_most HAVING count(*) = 200;
  `);
}

/**
 * Gives accounts back their names if only messages of theirs were saved: the name is the recipient, or the sender if
 * the account wrote it.
 */
function nameAccounts(db: Database): void {
  const nameless = db
    .prepare<[], { account: number; jid: string }>(`
      SELECT account, CASE WHEN sent = 1 THEN sender ELSE recipient END AS jid FROM message
      WHERE account NOT IN (SELECT id FROM account) GROUP BY account`)
    .all();
  const known = db.prepare<[string], number>('SELECT id FROM account WHERE jid = ?').pluck();
  const add = db.prepare<[number, string]>('INSERT INTO account (id, jid, has_messages) VALUES (?, ?, 1)');
  for (const { account, jid } of nameless) {
    const bare = bareOf(jid);
    if (bare.includes('@') && known.get(bare) === undefined) add.run(account, bare);
  }
  db.exec('DELETE FROM message WHERE account NOT IN (SELECT id FROM account)');
}

/** What is owed to devices alone that were not saved is owed to the account: nobody is to be forgotten. */
function oweToSomebody(db: Database): void {
  db.exec(`
    UPDATE message SET owed = owed & (${ANY_DEVICE} | coalesce(
      (SELECT sum(1 << slot) FROM device WHERE device.account = message.account), 0));
    UPDATE message SET owed = ${ANY_DEVICE} WHERE owed = 0;
  `);
}

/** No id is given twice, though the counter of them may not have been saved. */
function keepIds(db: Database): void {
  db.exec(`
    INSERT INTO counter SELECT 'last_message_id', max(id) FROM (
      SELECT coalesce(max(id), 0) AS id FROM message
      UNION ALL SELECT coalesce(max(id), 0) FROM room_message
      UNION ALL SELECT coalesce(max(id), 0) FROM remote_message
      UNION ALL SELECT coalesce(max(cursor), 0) FROM room_member
      UNION ALL SELECT coalesce(max(message), 0) FROM room_proved) WHERE true
    ON CONFLICT DO UPDATE SET value = max(value, excluded.value);
  `);
}
