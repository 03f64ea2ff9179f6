import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { MIGRATIONS, ROOM_IDENTITIES } from '../../src/spool/migrations.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { identityOf } from '../../src/tap/identity.js';
import { Message } from '../../src/tap/message.js';
import { RoomNames } from '../../src/tap/room-names.js';
import { type Jid, parseJid } from '../../src/xmpp/jid.js';
import { parse } from '../way.js';
import { newPath } from './opened.js';

const ROOM = 'garden@conference.alpha.test';
const EVE = jid(`${ROOM}/eve`);
const SAID = "<body>hello</body><origin-id xmlns='urn:xmpp:sid:0' id='o'/>";
const EVENT =
  "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:mucsub:nodes:messages'>" +
  `<item id='1'><message xmlns='jabber:client' from='${ROOM}/eve' type='groupchat' id='a'>${SAID}</message></item></items></event>`;

function jid(text: string): Jid {
  const read = parseJid(text);
  assert.ok(read !== null);
  return read;
}

/** A spool as respool left it before messages of rooms had more names than one. */
function before(fill: (db: Database.Database) => void): Database.Database {
  const path = newPath();
  const old = new Database(path);
  old.pragma(`application_id = ${0x7273706c}`);
  const version = MIGRATIONS.indexOf(ROOM_IDENTITIES);
  for (const step of MIGRATIONS.slice(0, version)) old.exec(step);
  old.pragma(`user_version = ${version}`);
  old.pragma('foreign_keys = OFF');
  fill(old);
  old.close();
  return openSpool(path);
}

test('what an older respool kept of a room is known when its history brings it', () => {
  const message = parse(`<message from='${ROOM}/eve' id='a'>${SAID}</message>`);
  const key = identityOf(EVE.full, EVE.bare, 'a', message);
  const db = before(old => {
    old.exec(`INSERT INTO room (id, jid) VALUES (1, '${ROOM}')`);
    const insert = old.prepare(
      `INSERT INTO room_message VALUES (?, 1, ?, '${ROOM}/eve', 'a', NULL, ?, 0, 0, 4102444800000, 1)`,
    );
    insert.run(1, 'id 77', SAID);
    insert.run(2, key, SAID);
    insert.run(3, 'unreadable', '<x');
  });
  const identities = db.prepare('SELECT identity FROM room_message ORDER BY id').pluck().all();
  assert.deepEqual(identities, [null, new RoomNames(message, EVE).identity, null]);
  db.close();
});

test('and what it kept for a subscriber, when the flood brings it', () => {
  const [room, bob] = [jid(ROOM), jid('bob@alpha.test')];
  const message = parse(`<message from='${ROOM}' to='bob@alpha.test'>${EVENT}</message>`);
  const db = before(old => {
    old.exec("INSERT INTO account (id, jid, has_messages) VALUES (1, 'bob@alpha.test', 1)");
    const insert = old.prepare(`
      INSERT INTO message (id, account, owed, sent, pushed, identity, sender, recipient, payload, received_at, stamp,
        expires_at, size)
      VALUES (?, 1, 1, 0, 0, 'before', ?, 'bob@alpha.test', ?, 0, 0, 4102444800000, 1)`);
    insert.run(1, ROOM, EVENT);
    insert.run(2, 'service@alpha.test', '<body>hello</body>');
    insert.run(3, 'alice@alpha.test/pc', EVENT);
  });
  const identities = db.prepare('SELECT identity FROM message ORDER BY id').pluck().all();
  assert.deepEqual(identities, [new Message(message, room, bob).identity, 'before', 'before']);
  db.close();
});
