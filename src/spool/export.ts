import type { Database } from 'better-sqlite3';
import type {
  AnyRecord,
  DeviceRecord,
  HeaderRecord,
  HoldRecord,
  MemberRecord,
  MessageRecord,
  QueueRecord,
  RemoteRecord,
  RoomRecord,
  SaidRecord,
} from './record.js';
import { ACCOUNT_SLOT, hasSlot } from './slots.js';

/** The format of an exported queue. */
export const FORMAT = 1;

/** Rows read at once. Between two pages no transaction is open, so a reader that pauses holds up nobody. */
const PAGE = 200;

/**
 * Everything in the spool that belongs to the queue, as records: a header, devices, rooms and their members, what is
 * pending, the end. What comes while it is read is not in it.
 */
export function* recordsOf(db: Database, now: number): Generator<AnyRecord> {
  const header = headerOf(db, now);
  yield header;
  let records = 0;
  for (const part of [structureOf(db), queueOf(db, header.last_id)]) {
    for (const record of part) {
      records++;
      yield record;
    }
  }
  yield { record: 'end', records };
}

/** What comes before the records, and says which ids they have. */
export function headerOf(db: Database, now: number): HeaderRecord {
  const lastId = db
    .prepare<[], number>("SELECT value FROM counter WHERE name = 'last_message_id'")
    .pluck()
    .get();
  return { record: 'respool-queue', version: FORMAT, exported_at: now, last_id: lastId ?? 0 };
}

/**
 * Who is owed something: devices, and rooms with the devices that belong to them; and what is on hold.
 * @param withReleased also what has been released of late
 */
export function* structureOf(db: Database, withReleased = false): Generator<QueueRecord> {
  for (const hold of holds(db)) if (withReleased || hold.released_at === null) yield hold;
  yield* devices(db);
  yield* rooms(db);
  yield* members(db);
}

/** Those of some messages of users that are pending. */
export function pendingOf(db: Database, ids: readonly number[]): MessageRecord[] {
  return ids.flatMap(id => [...messages(db, id, id - 1)]);
}

/** What is pending, up to an id. */
export function* queueOf(db: Database, upTo: number): Generator<QueueRecord> {
  yield* messages(db, upTo);
  yield* said(db, upTo);
  yield* remote(db, upTo);
}

/** The lowest id that may be pending: of a message, or the first after a member's cursor; null: there is none. */
export function firstIdOf(db: Database): number | null {
  return db
    .prepare<[], number | null>(`
      SELECT min(id) FROM (SELECT min(id) AS id FROM message UNION ALL SELECT min(id) FROM room_message
        UNION ALL SELECT min(id) FROM remote_message UNION ALL SELECT min(cursor) + 1 FROM room_member)`)
    .pluck()
    .get() as number | null;
}

/** How many records there are, for whoever waits for them. */
export function countRecords(db: Database): number {
  const count = db.prepare<[], number>(`
    SELECT (SELECT count(*) FROM device) + (SELECT count(*) FROM room) + (SELECT count(*) FROM room_member)
      + (SELECT count(*) FROM message) + (SELECT count(*) FROM room_message)
      + (SELECT count(*) FROM remote_message WHERE state > 0)
      + (SELECT count(*) FROM on_hold WHERE released_at IS NULL) + 2`);
  return count.pluck().get() ?? 0;
}

function holds(db: Database): HoldRecord[] {
  const rows = db.prepare<[], Omit<HoldRecord, 'record'>>(
    'SELECT jid, since, by, released_at FROM on_hold ORDER BY jid',
  );
  return rows.all().map(row => ({ record: 'hold', ...row }));
}

type Row = Record<string, string | number | null> & { id: number };

/** Rows of a table, by their ids. */
function* rowsOf(
  db: Database,
  columns: string,
  from: string,
  upTo = Number.MAX_SAFE_INTEGER,
  where = 'true',
  begin = 0,
): Generator<Row> {
  const [table] = from.split(' ');
  const select = db.prepare<[number, number, number], Row>(
    `SELECT ${table}.id AS id, ${columns} FROM ${from} WHERE ${where} AND ${table}.id > ? AND ${table}.id <= ? ORDER BY ${table}.id LIMIT ?`,
  );
  for (let after = begin; ; ) {
    const rows = select.all(after, upTo, PAGE);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.id;
  }
}

function* devices(db: Database): Generator<DeviceRecord> {
  const columns =
    'jid AS account, resource, first_seen, last_seen, priority, mute, carbons, mam, mucsub, proofs, proof_ms, probation';
  for (const { id: _, mute, carbons, mam, mucsub, probation, ...row } of rowsOf(
    db,
    columns,
    'device CROSS JOIN account ON account.id = device.account',
  )) {
    yield {
      record: 'device',
      ...(row as Omit<DeviceRecord, 'record' | 'mute' | 'carbons' | 'mam' | 'mucsub' | 'probation'>),
      mute: mute === 1,
      carbons: carbons === 1,
      mam: mam === 1,
      mucsub: mucsub === 1,
      probation: probation === 1,
    };
  }
}

function* rooms(db: Database): Generator<RoomRecord> {
  for (const { id: _, ...row } of rowsOf(db, 'jid, last_id, heard_at', 'room')) {
    yield { record: 'room', ...(row as Omit<RoomRecord, 'record'>) };
  }
}

function* members(db: Database): Generator<MemberRecord> {
  const proved = db.prepare<[number], number>('SELECT message FROM room_proved WHERE member = ?').pluck();
  const from = `room_member CROSS JOIN room ON room.id = room_member.room
    CROSS JOIN device ON device.id = room_member.device CROSS JOIN account ON account.id = device.account`;
  for (const { id, ...row } of rowsOf(
    db,
    'room.jid AS room, account.jid AS account, resource, nick, cursor',
    from,
  )) {
    yield { record: 'member', ...(row as Omit<MemberRecord, 'record' | 'proved'>), proved: proved.all(id) };
  }
}

const COMMON = 'sender AS "from", stanza_id, lang, payload, received_at, stamp, expires_at';

function* messages(db: Database, upTo: number, after = 0): Generator<MessageRecord> {
  const slots = db
    .prepare<[number], [number, string]>('SELECT slot, resource FROM device WHERE account = ? ORDER BY slot')
    .raw();
  const columns = `account.id AS number, jid AS account, owed, sent, had, held_until, passing, means, pushed, room, identity, cause, recipient AS "to", type, ${COMMON}`;
  const from = 'message CROSS JOIN account ON account.id = message.account';
  for (const { number, owed, sent, had, passing, ...row } of rowsOf(db, columns, from, upTo, 'true', after)) {
    const set = Number(owed);
    const owing = slots.all(Number(number)).filter(([slot]) => hasSlot(set, slot));
    yield {
      record: 'message',
      ...(row as Omit<MessageRecord, 'record' | 'owed' | 'sent' | 'had' | 'counts'>),
      owed: { account: hasSlot(set, ACCOUNT_SLOT), devices: owing.map(([, resource]) => resource) },
      sent: sent === 1,
      had: had === 1,
      counts: passing === 0,
    };
  }
}

function* said(db: Database, upTo: number): Generator<SaidRecord> {
  const from = 'room_message CROSS JOIN room ON room.id = room_message.room';
  for (const row of rowsOf(db, `room.jid AS room, key, identity, ${COMMON}`, from, upTo)) {
    yield { record: 'said', ...(row as Omit<SaidRecord, 'record'>) };
  }
}

/** What may still come back is not in it: its time is a matter of minutes. */
function* remote(db: Database, upTo: number): Generator<RemoteRecord> {
  const columns = `account, domain, recipient_account, identity, content, origin_id, recipient AS "to", type, ${COMMON}`;
  for (const row of rowsOf(db, columns, 'remote_message', upTo, 'state > 0')) {
    yield { record: 'remote', ...(row as Omit<RemoteRecord, 'record'>) };
  }
}
