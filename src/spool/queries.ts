import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { ALERTS, type AlertName } from './alert-names.js';
import { CAUSES, type Cause } from './cause.js';
import type { Outcome } from './content.js';
import { countRecords, firstIdOf, headerOf, pendingOf, queueOf, recordsOf, structureOf } from './export.js';
import { ACCOUNT, conditionsOf, parametersOf, type QueueFilter } from './filter.js';
import { type Measured, measuredIn } from './histograms.js';
import { type AccountShare, type Course, type Deliveries, type Insight, InsightReader } from './insight.js';
import { MIGRATIONS } from './migrations.js';
import { knowNames } from './names.js';
import { type Hold, isAmong, isLineAmong } from './on-hold.js';
import { openForReading, SpoolError } from './open.js';
import { inOrder } from './order.js';
import { REMOTE_OWED, SAID_OWED } from './owed-sql.js';
import type { AnyRecord, MessageRecord, QueueRecord } from './record.js';
import { ACCOUNT_SLOT, hasSlot, slotsOf } from './slots.js';
import { type Tallied, type TallyBy, tallied } from './tally.js';

/** One message still owed to one device, or to the account as a whole (`resource` is null). Times in ms since 1970. */
export interface Pending {
  id: number;
  account: string;
  resource: string | null;
  from: string;
  to: string;
  type: string;
  stanzaId: string | null;
  receivedAt: number;
  expiresAt: number;
  size: number;
  /** Somebody keeps it back by hand: it is not sent, and does not expire. */
  onHold: boolean;
}

/** As it is read. */
type Line = Omit<Pending, 'onHold'>;

export interface DeviceRow {
  account: string;
  resource: string;
  online: boolean;
  priority: number;
  /** Does it answer pings? */
  answers: boolean;
  firstSeen: number;
  lastSeen: number;
  /** It was seen to get carbon copies. */
  carbons: boolean;
  /** It was seen to catch up from the archive. */
  mam: boolean;
  /** How many pings it has answered, and how fast, on average and in ms (null before the first). */
  proofs: number;
  proofMs: number | null;
  /** It was seen once, and is soon forgotten. */
  probation: boolean;
  /** Messages owed to this device. */
  pending: number;
  /** Somebody keeps back what is owed to it, by hand. */
  onHold: boolean;
}

/** The line that is kept about what left without having been delivered. */
export interface Undelivered {
  /** A full JID where others of the account may have got it. */
  account: string;
  from: string;
  type: string;
  stanzaId: string | null;
  receivedAt: number;
  endedAt: number;
  outcome: string;
  /** Why it could not be sent, and its id then. */
  reason: string | null;
  message: number | null;
}

/** Whose lines are meant, and of what left since a moment and before another. Times in ms since 1970. */
export interface UndeliveredFilter {
  account?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
}

/** One message, with what it says. */
export interface StoredMessage {
  /** The room in which a device has to be to get it. */
  room: string | null;
  /** The other server that it is for. */
  domain: string | null;
  lang: string | null;
  payload: string;
  /** What its delay will say. */
  stamp: number;
  /** Its sender is blocked: it goes to nobody before that date. */
  heldUntil: number;
}

/** What mod_service_log copies, and `push` for what mod_push_offline sends. */
type CopyKind = 'message' | 'presence' | 'iq' | 'push' | 'other';

/** What the daemon has counted, and what is in the spool. Times in ms since 1970, null where there is none. */
export interface Stats {
  copies: Record<CopyKind, number>;
  forged: number;
  unreadable: number;
  /** Stanzas of which a part was left out. */
  mended: number;
  stored: number;
  bounced: number;
  outcomes: Record<Outcome, number>;
  /** Expired or evicted before any device had them. */
  lost: number;
  /** Why ejabberd had not delivered what was replayed. */
  saved: Record<Cause, number>;
  /** Owed to devices that were forgotten. */
  forgotten: number;
  /** Of users to users; what is pending of rooms is found only by listing it. */
  pending: number;
  /** Accounts, devices and domains. */
  onHold: number;
  oldestAt: number | null;
  /** Of the database in use, which is what spool.max_size limits. */
  bytes: number;
  /** As the daemon last wrote it, which says nothing where it does not run any more. */
  connected: boolean;
  startedAt: number | null;
  lastCopyAt: number | null;
  /** Since when each alert is crossed, null where it is not. */
  alerts: Record<AlertName, number | null>;
  /** How long it took. */
  times: Measured;
}

/** The spool at one moment, as the status page shows it. */
export interface Overview {
  stats: Stats;
  course: Course;
  /** The accounts with most messages. */
  most: AccountShare[];
}

/** Rows read at once. Between two pages no transaction is open, so a reader that pauses holds up nobody. */
const PAGE = 500;

interface MessageRow extends Omit<Line, 'resource'> {
  accountId: number;
  owed: number;
}

/** The spool as those see it who only look, beside a running daemon or without one. */
export class SpoolReader {
  readonly #db: Database.Database;
  readonly #statements;
  readonly #insight: InsightReader;

  private constructor(db: Database.Database) {
    this.#db = db;
    knowNames(db);
    this.#statements = prepare(db);
    this.#insight = new InsightReader(db);
  }

  /**
   * @param patience how long to wait for a locked spool, in ms
   * @throws SpoolError where there is none, or it cannot be read
   */
  static open(path: string, patience = 5_000): SpoolReader {
    if (isMissing(path)) {
      throw new SpoolError(`there is no spool at ${path}; respool run creates it when it first starts`);
    }
    const db = openForReading(path);
    try {
      db.pragma(`busy_timeout = ${patience}`);
      const version = db.pragma('user_version', { simple: true }) as number;
      if (version < MIGRATIONS.length) {
        throw new SpoolError(
          `${path} is of an older respool (schema ${version}, this one reads ${MIGRATIONS.length}); ` +
            'respool run brings it up to date when it starts',
        );
      }
      return new SpoolReader(db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** What is pending, all of it or what a filter says, oldest first. */
  *pendings(filter: QueueFilter = {}): Generator<Pending> {
    const ofServers = merged(this.#roomPendings(filter), this.#remotePendings(filter));
    const holds = new Set(this.holds().map(({ jid }) => jid));
    for (const line of merged(this.#messagePendings(filter), ofServers)) {
      yield { ...line, onHold: isLineAmong(holds, line) };
    }
  }

  /** What is kept back by hand, by name. */
  holds(): Hold[] {
    return this.#statements.holds.all();
  }

  /** All that is pending, counted by a name and the moment when it came; a page at a time. */
  tallied(by: TallyBy): Generator<Tallied[]> {
    return tallied(this.#db, by);
  }

  /** A message with what it says, whoever it is owed to; undefined where it is in the spool no more. */
  message(id: number): StoredMessage | undefined {
    return this.#statements.message.get({ id });
  }

  /** The line about a message that could not be sent. */
  refusal(id: number): Undelivered | undefined {
    return this.#statements.refusal.get(id);
  }

  /** What left without having been delivered, the latest first; so much of it. */
  *undelivered({ account, since, until }: UndeliveredFilter, limit: number): Generator<Undelivered> {
    for (let [before, left] = [Number.MAX_SAFE_INTEGER, limit]; left > 0; left -= PAGE) {
      const times = { since: since ?? null, until: until ?? null };
      const page = { before, account: account ?? null, ...times, limit: Math.min(PAGE, left) };
      const rows = this.#statements.undelivered.all(page);
      for (const { id: _, ...line } of rows) yield line;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      before = last.id;
    }
  }

  /** How many messages and devices are kept of an account, null where it is not known. */
  extent(account: string): { messages: number; devices: number } | null {
    return this.#statements.extent.get({ account }) ?? null;
  }

  /** All of the queue, as records that can be imported; see `countRecords`. */
  records(now: number): Generator<AnyRecord> {
    return recordsOf(this.#db, now);
  }

  /** Of what is exported: who is owed something. */
  structure(): Generator<QueueRecord> {
    return structureOf(this.#db, true);
  }

  /** And what is pending now. */
  queue(): Generator<QueueRecord> {
    return queueOf(this.#db, headerOf(this.#db, 0).last_id);
  }

  /** Of these messages of users those that are pending. */
  pendingOf(ids: readonly number[]): MessageRecord[] {
    return pendingOf(this.#db, ids);
  }

  /** The first id and the last that is, or may be, pending. */
  ids(): { first: number; last: number } {
    const { last_id: last } = headerOf(this.#db, 0);
    return { first: firstIdOf(this.#db) ?? last + 1, last };
  }

  /** How many records there are, about. */
  countRecords(): number {
    return countRecords(this.#db);
  }

  /** The devices, of all accounts or of one, by account. */
  *devices(account?: string): Generator<DeviceRow> {
    const holds = new Set(this.holds().map(one => one.jid));
    for (let [jid, id] = ['', 0]; ; ) {
      const rows = this.#statements.devices.all({ account: account ?? null, jid, id, limit: PAGE });
      for (const { id: _, ...row } of rows) {
        const { online, answers, carbons, mam, probation } = row;
        yield {
          ...row,
          online: online === 1,
          answers: answers === 1,
          carbons: carbons === 1,
          mam: mam === 1,
          probation: probation === 1,
          onHold: isAmong(holds, row.account, row.resource),
        };
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      [jid, id] = [last.account, last.id];
    }
  }

  /** Costs the same however much is in the spool. */
  stats(): Stats {
    const { counters, oldest, bytes } = this.#db.transaction(() => ({
      counters: new Map(this.#statements.counters.all()),
      oldest: this.#statements.oldest.get(),
      bytes: this.#statements.bytes.get(),
    }))();
    return { ...summarise(counters, oldest ?? null, bytes ?? 0), onHold: this.holds().length };
  }

  /** Deliveries over time, ages, and whose most is; costs the same however much is pending. */
  insight(now: number): Insight {
    return this.#db.transaction(() => this.#insight.read(now))();
  }

  /** What the status page shows, from numbers that are kept: costs the same however much is in the spool. */
  overview(now: number): Overview {
    return this.#db.transaction(() => ({
      stats: this.stats(),
      course: this.#insight.course(now),
      most: this.#insight.most(),
    }))();
  }

  lastHour(now: number): Deliveries {
    return this.#insight.lastHour(now);
  }

  /** Reads the whole spool. Returns what SQLite finds wrong with it, or null. */
  findDamage(): string | null {
    const found = this.#db.pragma('quick_check(1)', { simple: true });
    return found === 'ok' ? null : String(found);
  }

  close(): void {
    this.#db.close();
  }

  *#messagePendings(filter: QueueFilter): Generator<Line> {
    const select = this.#db.prepare<[object], MessageRow>(messagesOf(filter));
    for (let after = filter.after ?? 0; ; ) {
      const page = this.#db.transaction(() => this.#messagePage(select, filter, after))();
      yield* page.pendings;
      if (page.last === null) return;
      after = page.last;
    }
  }

  #messagePage(
    select: Database.Statement<[object], MessageRow>,
    filter: QueueFilter,
    after: number,
  ): { pendings: Line[]; last: number | null } {
    const rows = select.all({ ...parametersOf(filter), after, limit: PAGE });
    const devices = new Map<number, Map<number, string>>();
    const pendings = rows.flatMap(row => {
      if (row.owed > slotsOf([ACCOUNT_SLOT]) && !devices.has(row.accountId)) {
        devices.set(row.accountId, new Map(this.#statements.slots.all(row.accountId)));
      }
      return pendingsOf(row, devices.get(row.accountId) ?? new Map());
    });
    const wanted = (pending: Line) => filter.device === undefined || pending.resource === filter.device;
    return { pendings: pendings.filter(wanted), last: rows.length < PAGE ? null : (rows.at(-1)?.id ?? null) };
  }

  /** What users wrote to other servers and these have not got: the account is the writer's. */
  *#remotePendings(filter: QueueFilter): Generator<Line> {
    const select = this.#db.prepare<[object], Line>(REMOTE(conditionsOf(filter).remote));
    for (let after = filter.after ?? 0; ; ) {
      const rows = select.all({ ...parametersOf(filter), after, limit: PAGE });
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last.id;
    }
  }

  /** What was said in rooms, for each device that belongs there and has not got it. */
  *#roomPendings(filter: QueueFilter): Generator<Line> {
    const select = this.#db.prepare<[object], SaidRow>(SAID(conditionsOf(filter).said));
    for (let [id, member] = [(filter.after ?? 0) + 1, 0]; ; ) {
      const rows = select.all({ ...parametersOf(filter), first: id, member, limit: PAGE });
      for (const { member: _, ...pending } of rows) yield pending;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      [id, member] = [last.id, last.member];
    }
  }
}

/** Two lists as one, by id. */
function* merged(one: Generator<Line>, other: Generator<Line>): Generator<Line> {
  let next = other.next();
  for (const pending of one) {
    for (; !next.done && next.value.id < pending.id; next = other.next()) yield next.value;
    yield pending;
  }
  for (; !next.done; next = other.next()) yield next.value;
}

/** True where a daemon has the spool; nothing is created or changed by asking. */
export function isInUse(path: string): boolean {
  const file = `${path}.lock`;
  if (!existsSync(file)) return false;
  const lock = new Database(file, { readonly: true, timeout: 0 });
  try {
    lock.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return true;
    throw error;
  } finally {
    lock.close();
  }
}

/** One pending for each slot of a message's `owed` whose device is known. */
function pendingsOf({ owed, accountId: _, ...message }: MessageRow, devices: Map<number, string>): Line[] {
  const known: [number, string | null][] = [[ACCOUNT_SLOT, null], ...devices];
  return known.filter(([slot]) => hasSlot(owed, slot)).map(([, resource]) => ({ ...message, resource }));
}

function summarise(
  counters: ReadonlyMap<string, number>,
  oldestAt: number | null,
  bytes: number,
): Omit<Stats, 'onHold'> {
  const count = (name: string) => counters.get(name) ?? 0;
  const copies: Stats['copies'] = { message: 0, presence: 0, iq: 0, push: 0, other: 0 };
  for (const [name, value] of counters) {
    const [group, kind = ''] = name.split('.');
    if (group === 'copies') copies[kind in copies ? (kind as CopyKind) : 'other'] += value;
  }
  return {
    copies,
    forged: count('forged'),
    unreadable: count('unreadable'),
    mended: count('mended'),
    stored: count('stored'),
    bounced: count('bounced'),
    lost: count('lost'),
    saved: Object.fromEntries(CAUSES.map(cause => [cause, count(`saved.${cause}`)])) as Record<Cause, number>,
    forgotten: count('forgotten'),
    outcomes: {
      delivered: count('delivered'),
      replayed: count('replayed'),
      expired: count('expired'),
      refused: count('refused'),
      evicted: count('evicted'),
      dropped: count('dropped'),
    },
    pending: count('pending'),
    oldestAt,
    bytes,
    connected: count('connected') === 1,
    startedAt: counters.get('started_at') ?? null,
    lastCopyAt: counters.get('last_copy_at') ?? null,
    alerts: Object.fromEntries(ALERTS.map(name => [name, count(`alert.${name}`) || null])) as Stats['alerts'],
    times: measuredIn(counters),
  };
}

function isMissing(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

const MESSAGE = `
  account.jid AS account, account.id AS accountId, owed, sender AS "from", recipient AS "to",
  coalesce(type, 'normal') AS type, stanza_id AS stanzaId, received_at AS receivedAt, expires_at AS expiresAt, message.size`;
const ITS_ACCOUNT = 'CROSS JOIN account ON account.id = message.account';

function messagesOf(filter: QueueFilter): string {
  const where = conditionsOf(filter).messages;
  if (filter.account !== undefined) {
    return inOrder(MESSAGE, ACCOUNT, `one.message > @after AND ${where}`, ITS_ACCOUNT);
  }
  return `
    SELECT message.id, ${MESSAGE} FROM message ${ITS_ACCOUNT}
    WHERE message.id > @after AND ${where} ORDER BY message.id LIMIT @limit`;
}

const SAID = (where: string) => `
  SELECT said.id, member.id AS member, account.jid AS account, resource, sender AS "from", room.jid AS "to",
    'groupchat' AS type, stanza_id AS stanzaId, received_at AS receivedAt, expires_at AS expiresAt, size
  FROM ${SAID_OWED} AND said.id >= @first AND (said.id, member.id) > (@first, @member) AND ${where}
  ORDER BY said.id, member.id LIMIT @limit`;

const REMOTE = (where: string) => `
  SELECT id, account, NULL AS resource, sender AS "from", recipient AS "to", coalesce(type, 'normal') AS type,
    stanza_id AS stanzaId, received_at AS receivedAt, expires_at AS expiresAt, size
  FROM ${REMOTE_OWED} AND id > @after AND ${where} ORDER BY id LIMIT @limit`;

interface SaidRow extends Line {
  member: number;
}

type Flags = 'online' | 'answers' | 'carbons' | 'mam' | 'probation';

const LINE = `
  account, sender AS "from", coalesce(type, 'normal') AS type, stanza_id AS stanzaId, received_at AS receivedAt,
  ended_at AS endedAt, outcome, reason, message`;

function prepare(db: Database.Database) {
  return {
    slots: db
      .prepare<[number], [number, string]>(
        'SELECT slot, resource FROM device WHERE account = ? ORDER BY slot',
      )
      .raw(),
    message: db.prepare<[{ id: number }], StoredMessage>(`
      SELECT room, NULL AS domain, lang, payload, stamp, held_until AS heldUntil FROM message WHERE id = @id
      UNION ALL SELECT room.jid, NULL, lang, payload, stamp, 0
      FROM room_message AS said JOIN room ON room.id = said.room WHERE said.id = @id
      UNION ALL SELECT NULL, domain, lang, payload, stamp, 0 FROM remote_message WHERE id = @id AND state > 0`),
    undelivered: db.prepare<[object], Undelivered & { id: number }>(`
      SELECT id, ${LINE} FROM undelivered LEFT JOIN refusal ON line = undelivered.id
      WHERE id < @before AND (@since IS NULL OR ended_at >= @since) AND (@until IS NULL OR ended_at < @until)
        AND (@account IS NULL OR account = @account OR substr(account, 1, length(@account) + 1) = @account || '/')
      ORDER BY id DESC LIMIT @limit`),
    refusal: db.prepare<[number], Undelivered>(
      `SELECT ${LINE} FROM refusal JOIN undelivered ON undelivered.id = line WHERE message = ?`,
    ),
    extent: db.prepare<[{ account: string }], { messages: number; devices: number }>(`
      SELECT sum(messages) AS messages, sum(devices) AS devices FROM (
        SELECT (SELECT count(*) FROM account_message_old AS one WHERE one.account = account.id)
            + (SELECT count(*) FROM account_message_young AS one WHERE one.account = account.id) AS messages,
          (SELECT count(*) FROM device WHERE account = account.id) AS devices
        FROM account WHERE jid = @account
        UNION ALL SELECT count(*), 0 FROM remote_message WHERE account = @account HAVING count(*) > 0)
      HAVING count(*) > 0`),
    devices: db.prepare<[object], Omit<DeviceRow, Flags | 'onHold'> & Record<Flags | 'id', number>>(`
      SELECT device.id, jid AS account, resource, online, priority, NOT mute AS answers, first_seen AS firstSeen,
        last_seen AS lastSeen, carbons, mam, probation, proofs, proof_ms AS proofMs,
        (SELECT count(*) FROM message
          WHERE id IN (SELECT message FROM account_message AS one WHERE one.account = device.account)
            AND (owed >> slot) & 1)
        + (SELECT count(*) FROM room_member AS member
            JOIN room_message AS said ON said.room = member.room AND said.id > member.cursor
          WHERE member.device = device.id
            AND NOT EXISTS (SELECT 1 FROM room_proved WHERE room_proved.member = member.id AND message = said.id))
        AS pending
      FROM account JOIN device ON device.account = account.id
      WHERE (@account IS NULL OR jid = @account) AND jid >= @jid AND (jid, device.id) > (@jid, @id)
      ORDER BY jid, device.id LIMIT @limit`),
    holds: db.prepare<[], Hold>('SELECT jid, since, by FROM on_hold WHERE released_at IS NULL ORDER BY jid'),
    counters: db.prepare<[], [string, number]>('SELECT name, value FROM counter').raw(),
    oldest: db
      .prepare<[], number | null>(`
        SELECT min(received_at) FROM (
          SELECT received_at FROM (SELECT received_at FROM message ORDER BY id LIMIT 1)
          UNION ALL SELECT received_at FROM (SELECT received_at FROM room_message ORDER BY id LIMIT 1)
          UNION ALL SELECT received_at FROM (
            SELECT received_at FROM remote_message WHERE state > 0 ORDER BY id LIMIT 1))`)
      .pluck(),
    bytes: db
      .prepare<[], number>(
        'SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
      )
      .pluck(),
  };
}
