import type { Database } from 'better-sqlite3';
import { ALERTS, type AlertName } from './alert-names.js';
import { CAUSES, type Cause } from './cause.js';
import type { Outcome } from './content.js';
import { type Measured, measuredIn } from './histograms.js';

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

/** Reads what the daemon has counted. Costs the same however much is in the spool. */
export class StatsReader {
  readonly #db: Database;
  readonly #statements;

  constructor(db: Database) {
    this.#db = db;
    this.#statements = prepare(db);
  }

  read(): Omit<Stats, 'onHold'> {
    const { counters, oldest, bytes } = this.#db.transaction(() => ({
      counters: new Map(this.#statements.counters.all()),
      oldest: this.#statements.oldest.get(),
      bytes: this.#statements.bytes.get(),
    }))();
    return summarise(counters, oldest ?? null, bytes ?? 0);
  }
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

function prepare(db: Database) {
  return {
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
