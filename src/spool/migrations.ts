import { FIRST_SCHEMA } from './first-schema.js';
import { REMOTE_SCHEMA } from './remote-schema.js';

/** In SQL: how many slots are in `owed`. */
const BITS = Array.from({ length: 51 }, (_, slot) => `((owed >> ${slot}) & 1)`).join(' + ');

/** A step that SQL alone cannot take: see open-for-writing.ts. */
export const NORMAL_NAMES = '-- names get the normal form that ejabberd gives them';

/** A step of which SQL takes a part; the rest is done in open-for-writing.ts. */
export const ROOM_IDENTITIES = `
  -- what equal messages of a room share, by which its history is known; null: the room has given an id
  ALTER TABLE room_message ADD COLUMN identity TEXT;
  CREATE INDEX room_message_identity ON room_message (room, identity);

  -- the order in which it was said: what an archive had was stored later
  CREATE INDEX room_message_said ON room_message (room, stamp);

  -- 1: it knows what subscribers of rooms get (MucSub)
  ALTER TABLE device ADD COLUMN mucsub INTEGER NOT NULL DEFAULT 0;
`;

/** The schema, one step a version: the step at index n brings a spool from version n to n + 1. Never edit one. */
export const MIGRATIONS: readonly string[] = [
  FIRST_SCHEMA,
  `
  -- where what was heard in a room ends: its archive has the rest. last_id: the room's id of the last message that came
  -- live; heard_at: since when all that was said would have come, where none has
  ALTER TABLE room ADD COLUMN last_id TEXT;
  ALTER TABLE room ADD COLUMN heard_at INTEGER NOT NULL DEFAULT 0;
  `,
  REMOTE_SCHEMA,
  `
  -- why ejabberd did not bring it, see cause.ts
  ALTER TABLE message ADD COLUMN cause INTEGER NOT NULL DEFAULT 0;

  -- what happened with deliveries, by the minute since 1970
  CREATE TABLE flow (
    minute INTEGER NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (minute, name)
  ) STRICT, WITHOUT ROWID;

  -- how much is pending of what came in a minute
  CREATE TABLE pending_age (
    minute INTEGER PRIMARY KEY,
    pending INTEGER NOT NULL
  ) STRICT;
  INSERT INTO pending_age SELECT received_at / 60000, sum(${BITS}) FROM message GROUP BY 1;

  INSERT INTO counter SELECT 'domain.' || substr(jid, instr(jid, '@') + 1) AS name, sum(messages) FROM account
    WHERE messages > 0 GROUP BY 1;
  `,
  `
  -- what arrived of late that mod_offline may have had: an ejabberd that was killed has it again, and floods it
  CREATE TABLE arrived (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    identity TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- it is in memory, see identities.ts
  DROP INDEX message_identity;
  `,
  `
  -- they are counted when an account is read, see accounts.ts; 1: it has some, or had until a moment ago
  ALTER TABLE account RENAME COLUMN messages TO has_messages;
  UPDATE account SET has_messages = 1 WHERE has_messages > 1;
  `,
  `
  -- the messages of an account in their order: what came of late, and the rest, see order.ts
  CREATE TABLE account_message_young (
    account INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (account, message)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE account_message_old (
    account INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (account, message)
  ) STRICT, WITHOUT ROWID;
  CREATE VIEW account_message AS
    SELECT account, message FROM account_message_old UNION ALL SELECT account, message FROM account_message_young;
  INSERT INTO account_message_old SELECT account, id FROM message ORDER BY account, id;
  DROP INDEX message_order;

  -- no later message is in account_message_old
  INSERT INTO counter SELECT 'last_old_message_id', coalesce(max(id), 0) FROM message;
  CREATE TRIGGER message_added AFTER INSERT ON message BEGIN
    INSERT INTO account_message_young VALUES (new.account, new.id);
  END;
  CREATE TRIGGER message_gone AFTER DELETE ON message BEGIN
    DELETE FROM account_message_young WHERE account = old.account AND message = old.id;
  END;
  CREATE TRIGGER old_message_gone AFTER DELETE ON message
  WHEN old.id <= (SELECT value FROM counter WHERE name = 'last_old_message_id') BEGIN
    DELETE FROM account_message_old WHERE account = old.account AND message = old.id;
  END;
  `,
  `
  -- a row holds what arrived in one batch, with spaces between; its id: how many have arrived, with those in it
  ALTER TABLE arrived RENAME COLUMN identity TO identities;
  `,
  `
  -- what devices hold that let a ping pass, so that the next process does not send it again, see sleepers.ts;
  -- name: the ping's id as it went out; ping: 0 for what none has followed yet
  CREATE TABLE asleep_ping (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL,
    name TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    UNIQUE (device, name)
  ) STRICT;
  CREATE TABLE asleep_message (
    device INTEGER NOT NULL,
    message INTEGER NOT NULL,
    way TEXT NOT NULL,
    ping INTEGER NOT NULL,
    PRIMARY KEY (device, message)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- 1: a resource that was seen once, see probation.ts
  ALTER TABLE device ADD COLUMN probation INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX device_on_probation ON device (last_seen) WHERE online = 0 AND probation = 1;
  `,
  `
  -- why a message (by its id) could not be sent, beside its line
  CREATE TABLE refusal (
    message INTEGER PRIMARY KEY,
    line INTEGER NOT NULL UNIQUE,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER line_gone AFTER DELETE ON undelivered BEGIN
    DELETE FROM refusal WHERE line = old.id;
  END;
  `,
  `
  -- sizes beside the order, so that what an account, a room or a domain has is added up without reading the messages
  ALTER TABLE account_message_young ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE account_message_old ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
  UPDATE account_message_young SET size = (SELECT size FROM message WHERE id = account_message_young.message);
  UPDATE account_message_old SET size = (SELECT size FROM message WHERE id = account_message_old.message);
  DROP VIEW account_message;
  CREATE VIEW account_message AS
    SELECT account, message, size FROM account_message_old
    UNION ALL SELECT account, message, size FROM account_message_young;
  DROP TRIGGER message_added;
  CREATE TRIGGER message_added AFTER INSERT ON message BEGIN
    INSERT INTO account_message_young VALUES (new.account, new.id, new.size);
  END;
  DROP INDEX room_message_order;
  CREATE INDEX room_message_order ON room_message (room, id, size);
  CREATE INDEX remote_message_domain ON remote_message (domain, id, size);
  `,
  NORMAL_NAMES,
  `
  -- 1: a device of its account has proved it
  ALTER TABLE message ADD COLUMN had INTEGER NOT NULL DEFAULT 0;
  -- its account has blocked its sender: it goes to nobody before that date
  ALTER TABLE message ADD COLUMN held_until INTEGER NOT NULL DEFAULT 0;
  -- how many messages of a replay it was found to take at a time, and when
  ALTER TABLE device ADD COLUMN takes INTEGER;
  ALTER TABLE device ADD COLUMN takes_at INTEGER;
  `,
  `
  -- 1: that it ends before anybody of the account has it is no loss (a call)
  ALTER TABLE message ADD COLUMN passing INTEGER NOT NULL DEFAULT 0;

  -- the message (by its id) that it corrects, takes back or reacts to, see references.ts; it may be gone
  ALTER TABLE message ADD COLUMN means INTEGER;

  -- when it came back to its sender (0: it did not), who may write it again, see rewritten.ts; an index of messages would be made slowly
  ALTER TABLE message ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE returned_message (
    account INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (account, message)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER message_returned AFTER UPDATE OF returned ON message BEGIN
    INSERT OR IGNORE INTO returned_message VALUES (new.account, new.id);
  END;
  CREATE TRIGGER returned_gone AFTER DELETE ON message WHEN old.returned > 0 BEGIN
    DELETE FROM returned_message WHERE account = old.account AND message = old.id;
  END;
  `,
  `
  -- whether something waits for a recipient, and which of it is the oldest
  CREATE INDEX remote_message_recipient ON remote_message (recipient_account, id) WHERE state > 0;
  `,
  `
  -- what was said in a room while nobody was there, until it is fetched, see gaps.ts: behind the message \`after\` (the
  -- room's id; null: since \`since\`) and before another one (null: up to now). Who is a member by an id above
  -- last_member has come later
  CREATE TABLE room_gap (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL,
    after TEXT,
    since INTEGER NOT NULL,
    before TEXT,
    last_member INTEGER NOT NULL,
    opened_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX room_gap_room ON room_gap (room);
  CREATE TRIGGER room_gone AFTER DELETE ON room BEGIN
    DELETE FROM room_gap WHERE room = old.id;
  END;
  `,
  ROOM_IDENTITIES,
  `
  -- what somebody keeps back by hand: accounts, devices (full JIDs) and domains, see on-hold.ts; released_at: until then,
  -- and what it kept has a while from there
  CREATE TABLE on_hold (
    jid TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    by TEXT NOT NULL,
    released_at INTEGER
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- what happened with deliveries, by the hour since 1970: what flow has kept for its time, see flow.ts
  CREATE TABLE flow_hour (
    hour INTEGER NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (hour, name)
  ) STRICT, WITHOUT ROWID;

  -- the accounts with most messages, see most.ts
  CREATE TABLE account_most (
    account INTEGER PRIMARY KEY,
    messages INTEGER NOT NULL
  ) STRICT;
  INSERT INTO account_most SELECT account, sum(messages) FROM (
      SELECT account, count(*) AS messages FROM account_message_old GROUP BY account
      UNION ALL SELECT account, count(*) FROM account_message_young GROUP BY account)
    GROUP BY account ORDER BY 2 DESC LIMIT 200;
  INSERT INTO counter SELECT 'most.floor', min(messages) FROM account_most HAVING count(*) = 200;
  `,
  `
  -- the correction or retraction that has its place, unless that comes back too; it may be gone
  ALTER TABLE remote_message ADD COLUMN replaced_by INTEGER;
  CREATE INDEX remote_message_replaced ON remote_message (replaced_by) WHERE replaced_by IS NOT NULL;
  `,
];
