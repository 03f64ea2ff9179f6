/** The schema of the first version. Never edit it: migrations.ts goes on from here. */
export const FIRST_SCHEMA = `
  CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    jid TEXT NOT NULL UNIQUE,
    messages INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  -- slot 0 stands for the account as a whole, a device has one of 1 to 50
  CREATE TABLE device (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    slot INTEGER NOT NULL,
    resource TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    online INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    mute INTEGER NOT NULL DEFAULT 0,
    carbons INTEGER NOT NULL DEFAULT 0,
    mam INTEGER NOT NULL DEFAULT 0,
    proofs INTEGER NOT NULL DEFAULT 0,
    proof_ms INTEGER,
    UNIQUE (account, resource)
  ) STRICT;
  CREATE INDEX device_online ON device (id) WHERE online = 1;
  CREATE INDEX device_unseen ON device (last_seen) WHERE online = 0;

  -- owed is a set of slots, one bit each: a pending is one bit, so a message costs one row however many devices lack it
  CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    owed INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    pushed INTEGER NOT NULL, -- 1: mod_push_offline has shown it too; 2: it alone, though a copy of the sending is due
    room TEXT, -- a private message of this room, for the device in it
    identity TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    type TEXT,
    stanza_id TEXT,
    lang TEXT,
    payload TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    size INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX message_order ON message (account, id);
  CREATE INDEX message_identity ON message (account, identity);
  CREATE INDEX message_expiry ON message (expires_at);

  CREATE TABLE room (
    id INTEGER PRIMARY KEY,
    jid TEXT NOT NULL UNIQUE
  ) STRICT;

  -- a device that belongs to a room is owed what was said there after its cursor, but for what is in room_proved
  CREATE TABLE room_member (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room (id),
    device INTEGER NOT NULL REFERENCES device (id),
    nick TEXT,
    cursor INTEGER NOT NULL,
    UNIQUE (device, room)
  ) STRICT;
  CREATE INDEX room_member_room ON room_member (room, cursor);

  CREATE TABLE room_message (
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room (id),
    key TEXT NOT NULL,
    sender TEXT NOT NULL,
    stanza_id TEXT,
    lang TEXT,
    payload TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    size INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX room_message_order ON room_message (room, id);
  CREATE UNIQUE INDEX room_message_key ON room_message (room, key);
  CREATE INDEX room_message_expiry ON room_message (expires_at);

  CREATE TABLE room_proved (
    member INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (member, message)
  ) STRICT, WITHOUT ROWID;

  -- what left without having been delivered, so that it can be looked up
  CREATE TABLE undelivered (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    sender TEXT NOT NULL,
    type TEXT,
    stanza_id TEXT,
    received_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    outcome TEXT NOT NULL
  ) STRICT;

  CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `;
