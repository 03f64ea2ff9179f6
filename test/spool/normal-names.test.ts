import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { MIGRATIONS, NORMAL_NAMES } from '../../src/spool/migrations.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { slotsOf } from '../../src/spool/slots.js';
import { Spool } from '../../src/spool/spool.js';
import { SpoolReader } from '../../src/spool/spool-reader.js';
import { Message } from '../../src/tap/message.js';
import { parseJid } from '../../src/xmpp/jid.js';
import { parse } from '../way.js';
import { arrival, LIMITS, message, newPath } from './opened.js';

const STRASSE = 'strasse@example.org';

/** A spool as respool left it before names had the form that ejabberd gives them. */
function before(fill: (db: Database.Database) => void): { path: string; db: Database.Database } {
  const path = newPath();
  const old = new Database(path);
  old.pragma(`application_id = ${0x7273706c}`);
  old.pragma('synchronous = OFF');
  old.pragma('foreign_keys = OFF');
  const version = MIGRATIONS.indexOf(NORMAL_NAMES);
  old.exec('BEGIN');
  for (const step of MIGRATIONS.slice(0, version)) old.exec(step);
  old.pragma(`user_version = ${version}`);
  fill(old);
  old.exec('COMMIT');
  old.close();
  return { path, db: openSpool(path) };
}

function account(db: Database.Database, id: number, jid: string): void {
  db.prepare('INSERT INTO account (id, jid, has_messages) VALUES (?, ?, 1)').run(id, jid);
}

function device(
  db: Database.Database,
  id: number,
  of: number,
  slot: number,
  resource: string,
  seen = 10,
): void {
  db.prepare(`
    INSERT INTO device (id, account, slot, resource, first_seen, last_seen, online, priority)
    VALUES (?, ?, ?, ?, ?, ?, 0, 0)`).run(id, of, slot, resource, seen, seen);
}

interface Stored {
  id: number;
  account: number;
  slots: number[];
  sender?: string;
  recipient?: string;
  identity?: string;
}

function store(db: Database.Database, { id, account: of, slots, ...given }: Stored): void {
  const {
    sender = 'alice@example.org/pc',
    recipient = 'any@example.org',
    identity = `identity ${id}`,
  } = given;
  db.prepare(`
    INSERT INTO message (id, account, owed, sent, pushed, identity, sender, recipient, type, stanza_id, payload,
      received_at, stamp, expires_at, size) VALUES (?, ?, ?, 0, 0, ?, ?, ?, 'chat', ?, ?, 1, 1, 1000000, 100)`).run(
    ...[id, of, slotsOf(slots), identity, sender, recipient, `id ${id}`, `<body>${id}</body>`],
  );
  db.prepare(
    "INSERT INTO counter VALUES ('last_message_id', ?) ON CONFLICT DO UPDATE SET value = max(value, ?)",
  ).run(id, id);
}

/** Who is owed what, as `queue list` shows it. */
function owed(path: string): (string | number | null)[][] {
  const reader = SpoolReader.open(path);
  const rows = [...reader.pendings()].map(({ id, account: of, resource }) => [id, of, resource]);
  reader.close();
  return rows.sort((one, other) => `${one}`.localeCompare(`${other}`));
}

describe('names as an older respool stored them', () => {
  test('two accounts that are one: all that was owed to either, to the same devices', () => {
    const { path, db } = before(old => {
      account(old, 1, STRASSE);
      account(old, 2, 'straße@example.org');
      device(old, 1, 1, 1, 'phone', 5);
      device(old, 2, 1, 2, 'laptop');
      device(old, 3, 2, 1, 'tablet');
      device(old, 4, 2, 2, 'phone', 20);
      store(old, { id: 1, account: 1, slots: [0, 1] });
      store(old, { id: 2, account: 2, slots: [0] });
      store(old, { id: 3, account: 2, slots: [1, 2] });
      store(old, { id: 4, account: 1, slots: [2] });
      old.exec("INSERT INTO arrived VALUES (1, 2, 'x')");
    });
    assert.deepEqual(owed(path), [
      [1, STRASSE, null],
      [1, STRASSE, 'phone'],
      [2, STRASSE, null],
      [3, STRASSE, 'phone'],
      [3, STRASSE, 'tablet'],
      [4, STRASSE, 'laptop'],
    ]);
    const seen = db.prepare("SELECT first_seen, last_seen FROM device WHERE resource = 'phone'").raw().all();
    assert.deepEqual(seen, [[5, 20]]);
    assert.deepEqual(db.prepare('SELECT account FROM arrived').pluck().all(), [1]);
    const spool = new Spool(db, LIMITS);
    const session = arrival({ account: STRASSE, resource: 'phone' });
    spool.apply([session, { do: 'store', message: message(9, { account: STRASSE }) }]);
    assert.equal(owed(path).filter(([id]) => id === 5).length, 4, 'to the account and its three devices');
    db.close();
  });

  test('an account that is alone gets its name', () => {
    const { path, db } = before(old => {
      account(old, 1, 'οδυσσεύς@example.org');
      store(old, { id: 1, account: 1, slots: [0] });
    });
    assert.deepEqual(owed(path), [[1, 'οδυσσεύσ@example.org', null]]);
    db.close();
  });

  test('a small letter that ejabberd does not know was a capital', () => {
    const { path, db } = before(old => {
      for (const [n, name] of ['ⴀ', 'ꭰ', 'ӏ', 'ro\u00admeo'].entries()) {
        account(old, n + 1, `${name}@example.org`);
        store(old, { id: n + 1, account: n + 1, slots: [0] });
      }
    });
    const names = ['Ⴀ', 'Ꭰ', 'Ӏ', 'romeo'];
    assert.deepEqual(
      owed(path),
      names.map((name, n) => [n + 1, `${name}@example.org`, null]),
    );
    db.close();
  });

  test('fifty devices and one more: what was owed to it is owed to the account', () => {
    const { path, db } = before(old => {
      account(old, 1, STRASSE);
      account(old, 2, 'straße@example.org');
      for (let slot = 1; slot <= 50; slot++) device(old, slot, 1, slot, `device ${slot}`);
      device(old, 51, 2, 7, 'another');
      store(old, { id: 1, account: 2, slots: [7] });
    });
    assert.deepEqual(owed(path), [[1, STRASSE, null]]);
    db.close();
  });

  test('two devices that are one', () => {
    const { path, db } = before(old => {
      account(old, 1, STRASSE);
      device(old, 1, 1, 1, 'VIII');
      device(old, 2, 1, 2, 'Ⅷ');
      store(old, { id: 1, account: 1, slots: [1] });
      store(old, { id: 2, account: 1, slots: [2, 0] });
    });
    assert.deepEqual(owed(path), [
      [1, STRASSE, 'VIII'],
      [2, STRASSE, null],
      [2, STRASSE, 'VIII'],
    ]);
    db.close();
  });

  test('two rooms that are one: all that was said, from the earlier place on, but for what either has proved', () => {
    const { path, db } = before(old => {
      account(old, 1, 'bob@example.org');
      device(old, 1, 1, 1, 'phone');
      device(old, 2, 1, 2, 'laptop');
      old.exec(`
        INSERT INTO room (id, jid) VALUES (1, 'gasse@conference.example.org'), (2, 'gaße@conference.example.org');
        INSERT INTO room_member VALUES (1, 1, 1, 'bob', 11), (2, 2, 1, 'bob', 10), (3, 2, 2, 'ﬁ', 11);
        INSERT INTO room_proved VALUES (1, 13), (2, 12)`);
      const insert = old.prepare(`
        INSERT INTO room_message (id, room, key, sender, payload, received_at, stamp, expires_at, size)
        VALUES (?, ?, ?, 'gasse@conference.example.org/eve', '<body>x</body>', 1, 1, 1000000, 10)`);
      for (const [id, room, key] of [
        [11, 2, 'a'],
        [12, 2, 'b'],
        [13, 1, 'c'],
        [14, 1, 'd'],
      ])
        insert.run(id, room, key);
    });
    const rows = owed(path).map(([id, , resource]) => `${id} ${resource}`);
    assert.deepEqual(rows, ['11 phone', '12 laptop', '13 laptop', '14 laptop', '14 phone']);
    const nicks = db.prepare('SELECT nick FROM room_member ORDER BY id').pluck().all();
    assert.deepEqual(nicks, ['bob', 'fi']);
    assert.deepEqual(db.prepare('SELECT jid FROM room').pluck().all(), ['gasse@conference.example.org']);
    db.close();
  });

  test('elsewhere: messages to other servers, lines, counters', () => {
    const { db } = before(old => {
      old.exec(`
        INSERT INTO undelivered (account, sender, received_at, ended_at, outcome)
          VALUES ('straße@example.org', 'x', 1, 1, 'expired');
        INSERT INTO remote_message VALUES (1, 1, 'straße@example.org', 'weiß.example', 'ς@weiß.example', 'i', 'c', NULL,
          'straße@example.org/pc', 'ς@weiß.example', 'chat', 'm', NULL, '<body/>', 1, 1, 1000000, 10);
        INSERT INTO remote_busy VALUES ('ς@weiß.example', 1, 1), ('σ@weiss.example', 2, 2);
        INSERT INTO remote_domain VALUES ('weiß.example', 1), ('weiss.example', 2);
        INSERT INTO counter VALUES ('domain.straße.example', 2), ('domain.strasse.example', 3), ('domain.x', 1)`);
    });
    const all = (sql: string) => db.prepare(sql).raw().all();
    assert.deepEqual(all('SELECT account FROM undelivered'), [[STRASSE]]);
    assert.deepEqual(
      all('SELECT account, domain, recipient_account, sender, recipient FROM remote_message'),
      [[STRASSE, 'weiss.example', 'σ@weiss.example', 'straße@example.org/pc', 'ς@weiß.example']],
    );
    assert.deepEqual(all('SELECT recipient FROM remote_busy'), [['σ@weiss.example']]);
    assert.deepEqual(all('SELECT domain FROM remote_domain'), [['weiss.example']]);
    assert.deepEqual(all("SELECT * FROM counter WHERE name LIKE 'domain.%' ORDER BY 1"), [
      ['domain.strasse.example', 5],
      ['domain.x', 1],
    ]);
    db.close();
  });

  test('what a message is known by is what its copies are known by now', () => {
    const FROM = 'Straße@example.org/Ⅷ';
    const { db } = before(old => {
      account(old, 1, 'οδυσσεύς@example.org');
      account(old, 2, 'bob@example.org');
      store(old, { id: 1, account: 1, slots: [0], recipient: 'ΟΔΥΣΣΕΎΣ@example.org' });
      store(old, { id: 2, account: 2, slots: [0], sender: FROM, recipient: 'bob@example.org' });
      store(old, { id: 3, account: 2, slots: [0], recipient: 'bob@example.org' });
    });
    const identity = (from: string, to: string, id: number) => {
      const element = parse(
        `<message from='${from}' to='${to}' id='id ${id}'><body>${id}</body><delay xmlns='urn:xmpp:delay'/></message>`,
      );
      const [sender, recipient] = [parseJid(from), parseJid(to)];
      assert.ok(sender && recipient);
      return new Message(element, sender, recipient).identity;
    };
    assert.deepEqual(db.prepare('SELECT identity FROM message ORDER BY id').pluck().all(), [
      identity('alice@example.org/pc', 'οδυσσεύσ@example.org', 1),
      identity('strasse@example.org/VIII', 'bob@example.org', 2),
      'identity 3',
    ]);
    db.close();
  });
});

test('who wrote a message is found however the name was spelt', () => {
  const path = newPath();
  const db = openSpool(path);
  const froms = [
    'Weiß@Far.test/Ⅷ',
    'weiss@far.test',
    'WEISS@far.test/VIII',
    'weisz@far.test/VIII',
    'weiß@farther.test',
  ];
  const spool = new Spool(db, { ...LIMITS, maxPerSender: 2 });
  const find = (from: string) => {
    const reader = SpoolReader.open(path);
    const found = [...reader.pendings({ from })].map(one => one.from);
    reader.close();
    return found;
  };
  spool.apply(froms.map((from, n) => ({ do: 'store', message: message(n + 1, { from }) }) as const));
  // the first went, for two of one sender are kept
  assert.deepEqual(find('weiss@far.test'), froms.slice(1, 3));
  assert.deepEqual(find('weiss@far.test/VIII'), froms.slice(2, 3));
  assert.deepEqual(find('far.test'), froms.slice(1, 4));
  db.close();
});
