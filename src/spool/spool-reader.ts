import { statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { type DeviceRow, DeviceRowsReader } from './device-rows.js';
import { countRecords, firstIdOf, headerOf, pendingOf, queueOf, recordsOf, structureOf } from './export.js';
import type { QueueFilter } from './filter.js';
import { type AccountShare, type Course, type Deliveries, type Insight, InsightReader } from './insight.js';
import { isLineAmong } from './is-on-hold.js';
import { MIGRATIONS } from './migrations.js';
import { knowNames } from './names.js';
import type { Hold } from './on-hold.js';
import { openForReading, SpoolError } from './open.js';
import { type Pending, PendingsReader } from './pendings.js';
import type { AnyRecord, MessageRecord, QueueRecord } from './record.js';
import { type Stats, StatsReader } from './stats.js';
import { type Tallied, type TallyBy, tallied } from './tally.js';
import { type Undelivered, type UndeliveredFilter, UndeliveredReader } from './undelivered.js';

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

/** The spool at one moment, as the status page shows it. */
export interface Overview {
  stats: Stats;
  course: Course;
  /** The accounts with most messages. */
  most: AccountShare[];
}

/** The spool as those see it who only look, beside a running daemon or without one. */
export class SpoolReader {
  readonly #db: Database.Database;
  readonly #statements;
  readonly #pendings: PendingsReader;
  readonly #undelivered: UndeliveredReader;
  readonly #devices: DeviceRowsReader;
  readonly #stats: StatsReader;
  readonly #insight: InsightReader;

  private constructor(db: Database.Database) {
    this.#db = db;
    knowNames(db);
    this.#statements = prepare(db);
    this.#pendings = new PendingsReader(db);
    this.#undelivered = new UndeliveredReader(db);
    this.#devices = new DeviceRowsReader(db);
    this.#stats = new StatsReader(db);
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
    const holds = new Set(this.holds().map(({ jid }) => jid));
    for (const line of this.#pendings.read(filter)) {
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
    return this.#undelivered.of(id);
  }

  /** What left without having been delivered, the latest first; so much of it. */
  undelivered(filter: UndeliveredFilter, limit: number): Generator<Undelivered> {
    return this.#undelivered.read(filter, limit);
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
  devices(account?: string): Generator<DeviceRow> {
    return this.#devices.read(new Set(this.holds().map(({ jid }) => jid)), account);
  }

  /** Costs the same however much is in the spool. */
  stats(): Stats {
    return { ...this.#stats.read(), onHold: this.holds().length };
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
}

function isMissing(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function prepare(db: Database.Database) {
  return {
    message: db.prepare<[{ id: number }], StoredMessage>(`
      SELECT room, NULL AS domain, lang, payload, stamp, held_until AS heldUntil FROM message WHERE id = @id
      UNION ALL SELECT room.jid, NULL, lang, payload, stamp, 0
      FROM room_message AS said JOIN room ON room.id = said.room WHERE said.id = @id
      UNION ALL SELECT NULL, domain, lang, payload, stamp, 0 FROM remote_message WHERE id = @id AND state > 0`),
    extent: db.prepare<[{ account: string }], { messages: number; devices: number }>(`
      SELECT sum(messages) AS messages, sum(devices) AS devices FROM (
        SELECT (SELECT count(*) FROM account_message_old AS one WHERE one.account = account.id)
            + (SELECT count(*) FROM account_message_young AS one WHERE one.account = account.id) AS messages,
          (SELECT count(*) FROM device WHERE account = account.id) AS devices
        FROM account WHERE jid = @account
        UNION ALL SELECT count(*), 0 FROM remote_message WHERE account = @account HAVING count(*) > 0)
      HAVING count(*) > 0`),
    holds: db.prepare<[], Hold>('SELECT jid, since, by FROM on_hold WHERE released_at IS NULL ORDER BY jid'),
  };
}
