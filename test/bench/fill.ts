import { constants, copyFileSync } from 'node:fs';
import { xml } from '@xmpp/component';
import Database from 'better-sqlite3';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { identityOf } from '../../src/tap/identity.js';
import { Folder } from './folder.js';
import { HOST } from './names.js';
import { pending, RECEIVED_AT, textOf } from './pending.js';

/** What to fill a spool with. */
export interface Filling {
  messages: number;
  /** The messages go round these accounts, `account0` up, each with one known device called `phone`. */
  accounts: number;
  /** Whether a copy of a replayed message will be known again; it takes long, so only where such copies come. */
  recognisable?: boolean;
}

const DAY = 86_400_000;

/** @returns the device of a filled account */
export function deviceOf(account: number): string {
  return `account${account}@${HOST}/phone`;
}

/** Spools of more messages are not kept, for they fill the disk. */
const MOST_KEPT = 1_000_000;
const keptIn = new Folder();
/** Filled spools by what they are filled with, for more than one measurement wants the same. */
const kept = new Map<string, string>();

/** Makes a spool with pending messages. */
export function fillSpool(path: string, filling: Filling): void {
  const name = JSON.stringify(filling);
  const known = kept.get(name);
  if (known !== undefined) return copyFileSync(known, path, constants.COPYFILE_FICLONE);
  fill(path, filling);
  if (filling.messages > MOST_KEPT) return;
  const copy = keptIn.file(`${kept.size}.db`);
  copyFileSync(path, copy, constants.COPYFILE_FICLONE);
  kept.set(name, copy);
}

/** By SQL alone: what orders the messages is made last, and nothing is synced. */
function fill(path: string, { messages, accounts, recognisable = false }: Filling): void {
  openSpool(path).close(); // the schema is that of the daemon
  const db = new Database(path);
  db.pragma('journal_mode = OFF');
  db.pragma('synchronous = OFF');
  db.pragma('cache_size = -256000');
  const late = db
    .prepare<[], { type: string; name: string; sql: string }>(`
      SELECT type, name, sql FROM sqlite_schema
      WHERE tbl_name = 'message' AND (type = 'index' OR name = 'message_added')`)
    .all();
  for (const { type, name } of late) db.exec(`DROP ${type} ${name}`);
  db.function('identity', (number: unknown, account: unknown) => {
    const { from, id, text } = pending(Number(number));
    const message = xml('message', {}, xml('body', {}, text));
    return identityOf(from, String(account), id, message);
  });
  const identity = recognisable
    ? "identity(n, 'account' || CAST((n - 1) % @accounts AS INTEGER) || '@' || @host)"
    : "printf('%016x', (n * 2654435761) % 4294967296 * 1048576 + n)";
  const values = {
    messages,
    accounts,
    host: HOST,
    at: RECEIVED_AT,
    expires: RECEIVED_AT + 14 * DAY,
    text: textOf(0).replace('(0)', '('),
  };
  db.prepare(`
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < @accounts)
    INSERT INTO account (id, jid, has_messages) SELECT n, 'account' || (n - 1) || '@' || @host, 1 FROM n`).run(
    values,
  );
  db.prepare(`
    INSERT INTO device (account, slot, resource, first_seen, last_seen, online, priority)
    SELECT id, 1, 'phone', @at, @at, 0, 0 FROM account`).run(values);
  // owed: the account as a whole (1) and its device's slot (2)
  db.prepare(`
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < @messages)
    INSERT INTO message (id, account, owed, sent, pushed, identity, sender, recipient, type, stanza_id, payload,
      received_at, stamp, expires_at, size)
    SELECT n, CAST((n - 1) % @accounts AS INTEGER) + 1, 3, 0, 0, ${identity},
      'writer' || (n % 1000) || '@' || @host || '/desk.A1b2', 'account' || CAST((n - 1) % @accounts AS INTEGER) || '@' || @host,
      'chat', 'pending-' || n, '<body>' || @text || n || ')</body>', @at, @at, @expires, 200 FROM n`).run(
    values,
  );
  for (const { sql } of late) db.exec(sql);
  db.exec('INSERT INTO account_message_old SELECT account, id, size FROM message ORDER BY account, id');
  db.prepare(`
    INSERT INTO counter (name, value)
    VALUES ('last_message_id', @messages), ('last_old_message_id', @messages), ('stored', @messages),
      ('pending', 2 * @messages), ('domain.' || @host, @messages)
    ON CONFLICT DO UPDATE SET value = excluded.value`).run(values);
  // as the daemon follows who has most; all have the same, or one more
  db.prepare(`
    INSERT INTO account_most SELECT id, @messages / @accounts + (id <= @messages % @accounts) FROM account ORDER BY id LIMIT 200`).run(
    { messages: BigInt(messages), accounts: BigInt(accounts) },
  );
  db.exec("INSERT INTO counter SELECT 'most.floor', min(messages) FROM account_most HAVING count(*) = 200");
  db.prepare('INSERT INTO pending_age VALUES (CAST(@at / 60000 AS INTEGER), 2 * @messages)').run(values);
  db.close();
}
