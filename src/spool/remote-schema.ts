/** The schema of messages to other servers, as its step of migrations.ts began it. Never edit it. */
export const REMOTE_SCHEMA = `
  -- messages of local users to other servers
  CREATE TABLE remote_message (
    id INTEGER PRIMARY KEY,
    state INTEGER NOT NULL, -- 0: sent by its writer, it may still bounce; 1: bounced, to be sent again; 2: sent again, not proved
    account TEXT NOT NULL, -- the writer's
    domain TEXT NOT NULL,
    recipient_account TEXT NOT NULL,
    identity TEXT NOT NULL,
    content TEXT NOT NULL,
    origin_id TEXT,
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
  CREATE INDEX remote_message_id ON remote_message (account, stanza_id);
  CREATE INDEX remote_message_sent ON remote_message (received_at) WHERE state = 0;
  CREATE INDEX remote_message_order ON remote_message (domain, id) WHERE state > 0;
  CREATE INDEX remote_message_account ON remote_message (account, id) WHERE state > 0;
  CREATE INDEX remote_message_content ON remote_message (account, content) WHERE state > 0;
  CREATE INDEX remote_message_origin ON remote_message (account, origin_id) WHERE state > 0 AND origin_id IS NOT NULL;
  CREATE INDEX remote_message_under_way ON remote_message (domain) WHERE state = 2;
  CREATE INDEX remote_message_kept ON remote_message (id) WHERE state > 0;
  CREATE INDEX remote_message_expiry ON remote_message (expires_at) WHERE state > 0;

  -- recipients whose server takes nothing for them at present
  CREATE TABLE remote_busy (
    recipient TEXT PRIMARY KEY,
    retry_at INTEGER NOT NULL,
    tries INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- other servers that are known to exist
  CREATE TABLE remote_domain (
    domain TEXT PRIMARY KEY,
    heard_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `;
