import type { Database } from 'better-sqlite3';
import type { Taken } from './content.js';
import type { Held } from './held.js';
import { REMOTE_ON_HOLD } from './is-on-hold.js';
import { LONGEST_ID } from './lines.js';
import { knowNames, normal } from './names.js';
import { SUM_OF_WEIGHTS } from './weight.js';

/** A message as it is counted, and ends. */
export interface Row {
  id: number;
  state: number;
  receivedAt: number;
  domain: string;
  size: number;
}

const ROW = 'id, state, received_at AS receivedAt, domain, size';

/**
 * A message that has not come back within this time, in ms, is taken to have arrived: ejabberd tries for a minute or
 * two.
 */
export const MAY_BOUNCE = 600_000;

/** What may be sent to a domain now; what is replaced waits for what becomes of the message in its place. */
const SENDABLE = `
  FROM remote_message AS message LEFT JOIN remote_busy AS busy ON busy.recipient = message.recipient_account
  WHERE domain = @domain AND state = 1 AND state > 0 AND expires_at > @judgedAt
    AND NOT EXISTS (SELECT 1 FROM remote_message AS other WHERE other.id = message.replaced_by AND other.state = 0)
    AND (busy.recipient IS NULL OR retry_at <= @at AND message.id =
      (SELECT min(id) FROM remote_message
        WHERE domain = @domain AND state > 0 AND recipient_account = message.recipient_account
          AND NOT ${REMOTE_ON_HOLD('remote_message')}))
    AND NOT ${REMOTE_ON_HOLD('message')}`;

/** All that is asked of the tables about messages to other servers. */
export function prepare(db: Database) {
  knowNames(db);
  return {
    insert: db.prepare<[object]>(`
      INSERT INTO remote_message VALUES (@id, 0, @account, @domain, @recipientAccount, @identity, @content, @originId,
        @from, @to, @type, @stanzaId, @lang, @payload, @receivedAt, @stamp, @expiresAt, @size, NULL)`),
    before: db.prepare<[object], Row>(`
      SELECT ${ROW} FROM remote_message
      WHERE state > 0 AND id <= @upTo AND (id < @keepFrom OR id > @keepTo) ORDER BY id LIMIT @limit`),
    // a bounce may have lost the content, and is known by the id then; what has come back does not come back again
    find: db.prepare<[object], Row>(`
      SELECT ${ROW} FROM remote_message
      WHERE account = @account AND stanza_id IS @stanzaId AND ${normal('sender')} = @sender
        AND recipient_account = @recipientAccount AND (@stanzaId IS NOT NULL OR identity = @identity)
      ORDER BY state = 1, identity <> @identity, id LIMIT 1`),
    // the same by id and content, before it has come back too; by origin-id or content, what has come back
    again: db.prepare<[object], Row>(`
      SELECT id, state, receivedAt, domain, size FROM (
        SELECT ${ROW}, 0 AS rank FROM remote_message
          WHERE account = @account AND stanza_id = @stanzaId AND recipient_account = @recipientAccount
            AND content = @content
        UNION ALL SELECT ${ROW}, 1 FROM remote_message
          WHERE state > 0 AND account = @account AND recipient_account = @recipientAccount AND content = @content
        UNION ALL SELECT ${ROW}, 0 FROM remote_message
          WHERE state > 0 AND account = @account AND recipient_account = @recipientAccount AND origin_id = @originId
            AND stanza_id IS NOT @stanzaId)
      ORDER BY rank, id LIMIT 1`),
    meant: db.prepare<[object], { id: number; state: number }>(`
      SELECT id, state FROM remote_message WHERE state > 0 AND account = @account AND stanza_id = @refersTo
        AND recipient_account = @recipientAccount LIMIT 1`),
    replace: db.prepare<[number, number]>('UPDATE remote_message SET replaced_by = ? WHERE id = ?'),
    replacedBy: db.prepare<[number], Row>(
      `SELECT ${ROW} FROM remote_message WHERE replaced_by = ? AND state = 1`,
    ),
    restore: db.prepare<[object]>(`
      INSERT INTO remote_message VALUES (@id, 1, @account, @domain, @recipient_account, @identity, @content, @origin_id,
        @from, @to, @type, @stanza_id, @lang, @payload, @received_at, @stamp, @expires_at, @size, NULL)`),
    hasOne: db
      .prepare<[object], number>(`
        SELECT id FROM remote_message
        WHERE account = @account AND content = @content AND received_at = @received_at AND state > 0`)
      .pluck(),
    kept: db.prepare<[number], Row>(`SELECT ${ROW} FROM remote_message WHERE id = ? AND state > 0`),
    keptOf: db.prepare<[number, string], Row>(
      `SELECT ${ROW} FROM remote_message WHERE id = ? AND account = ? AND state > 0`,
    ),
    allOf: db.prepare<[string, number], Row>(
      `SELECT ${ROW} FROM remote_message WHERE account = ? ORDER BY id LIMIT ?`,
    ),
    setState: db.prepare<[number, number]>('UPDATE remote_message SET state = ? WHERE id = ?'),
    shorten: db.prepare<[number, number]>(
      'UPDATE remote_message SET expires_at = min(expires_at, ?) WHERE id = ?',
    ),
    acknowledged: db.prepare<[object], Row>(`
      SELECT ${ROW} FROM remote_message
      WHERE account = @account AND stanza_id = @stanzaId AND recipient_account = @from`),
    take: db.prepare<[object], Taken>(`
      SELECT message.id, 'received' AS "as", sender AS "from", message.recipient AS "to", type,
        stanza_id AS stanzaId, lang, payload, stamp
      ${SENDABLE} ORDER BY message.id LIMIT @limit`),
    senders: db
      .prepare<[object], string>(
        `SELECT sender ${SENDABLE} GROUP BY sender ORDER BY min(message.id) LIMIT @limit`,
      )
      .pluck(),
    nextAt: db
      .prepare<[object], number | null>(`
        SELECT min(max(coalesce(retry_at, 0), coalesce(other.received_at + ${MAY_BOUNCE}, 0), @at))
        FROM remote_message AS message
          LEFT JOIN remote_busy AS busy ON busy.recipient = message.recipient_account
          LEFT JOIN remote_message AS other ON other.id = message.replaced_by AND other.state = 0
        WHERE message.domain = @domain AND message.state > 0 AND NOT ${REMOTE_ON_HOLD('message')}`)
      .pluck(),
    domains: db
      .prepare<[string, number], string>(
        'SELECT DISTINCT domain FROM remote_message WHERE state > 0 AND domain > ? ORDER BY domain LIMIT ?',
      )
      .pluck(),
    domainsOf: db
      .prepare<[string, string, number], string>(`
        SELECT DISTINCT domain FROM remote_message WHERE state > 0 AND account = ? AND domain > ?
        ORDER BY domain LIMIT ?`)
      .pluck(),
    release: db.prepare<[string]>('UPDATE remote_message SET state = 1 WHERE domain = ? AND state = 2'),
    releaseAll: db.prepare('UPDATE remote_message SET state = 1 WHERE state = 2'),
    underWay: db.prepare<[string], Row>(
      `SELECT ${ROW} FROM remote_message WHERE domain = ? AND state = 2 ORDER BY id`,
    ),
    count: db
      .prepare<[string], number>('SELECT count(*) FROM remote_message WHERE account = ? AND state > 0')
      .pluck(),
    oldestOf: db.prepare<[string, number], Row>(`
      SELECT ${ROW} FROM remote_message
      WHERE account = ? AND state > 0 ORDER BY id LIMIT ?`),
    expired: db.prepare<[number, number], Row>(`
      SELECT ${ROW} FROM remote_message
      WHERE expires_at <= ? AND state > 0 ORDER BY expires_at LIMIT ?`),
    any: db.prepare<[number], Row>(`SELECT ${ROW} FROM remote_message WHERE id = ?`),
    heldBy: db.prepare<[string, number], Held>(
      'SELECT id, account AS sender, size FROM remote_message WHERE domain = ? ORDER BY id LIMIT ?',
    ),
    weights: db
      .prepare<[], [string, number]>(`SELECT domain, ${SUM_OF_WEIGHTS} FROM remote_message GROUP BY domain`)
      .raw(),
    holding: db
      .prepare<[string], [number, number]>(
        `SELECT count(*), ${SUM_OF_WEIGHTS} FROM remote_message WHERE domain = ?`,
      )
      .raw(),
    forgetSent: db.prepare<[number, number], Row>(`
      DELETE FROM remote_message WHERE id IN
        (SELECT id FROM remote_message WHERE received_at <= ? AND state = 0 ORDER BY received_at LIMIT ?)
      RETURNING ${ROW}`),
    delete: db.prepare<[number]>('DELETE FROM remote_message WHERE id = ?'),
    keepLine: db.prepare<[object]>(`
      INSERT INTO undelivered (account, sender, type, stanza_id, received_at, ended_at, outcome)
      SELECT account, sender, type, substr(stanza_id, 1, ${LONGEST_ID}), received_at, @at, @outcome FROM remote_message WHERE id = @id`),
    tries: db.prepare<[string], number>('SELECT tries FROM remote_busy WHERE recipient = ?').pluck(),
    setBusy: db.prepare<[object]>('INSERT OR REPLACE INTO remote_busy VALUES (@recipient, @retryAt, @tries)'),
    forgetBusyProved: db.prepare<[string]>(`
      DELETE FROM remote_busy WHERE recipient IN
        (SELECT recipient_account FROM remote_message WHERE domain = ? AND state = 2)`),
    // its domain has come to nothing, or it is tried soon
    forgetBusy: db.prepare<[number]>(`
      DELETE FROM remote_busy WHERE retry_at < ? AND NOT EXISTS
        (SELECT 1 FROM remote_message WHERE state > 0 AND recipient_account = remote_busy.recipient)`),
    hear: db.prepare<[object]>(
      'INSERT INTO remote_domain VALUES (@domain, @at) ON CONFLICT DO UPDATE SET heard_at = excluded.heard_at',
    ),
    isKnown: db.prepare<[string], number>('SELECT 1 FROM remote_domain WHERE domain = ?').pluck(),
    forgetDomains: db.prepare<[number]>('DELETE FROM remote_domain WHERE heard_at < ?'),
  };
}

export type RemoteStatements = ReturnType<typeof prepare>;
