import type { Database } from 'better-sqlite3';
import { type Calendar, firstCalendar, goOn, type Jump, judgedAt, type Reading } from './calendar.js';
import type { Counters } from './counters.js';
import { hourOf, minuteOf } from './flow.js';
import type { Ledger } from './ledger.js';
import { countSlots, type Slots } from './slots.js';

/** What is known of the date is written so often, in ms. */
const WRITTEN_EVERY = 60_000;
/** By these names among the counters. */
const NAMES = ['date', 'elapsed', 'boot', 'since', 'first', 'believed'] as const;

/** The calendar of a spool, written into it; what was stored under a wrong date is moved to the right one. */
export class KeptCalendar {
  readonly #ledger: Ledger;
  readonly #statements;
  #calendar: Calendar | null;
  /** The last date that a respool without a calendar has seen, null where none has. */
  readonly #seen: number | null;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(db: Database, ledger: Ledger) {
    this.#ledger = ledger;
    const { counters } = ledger;
    this.#statements = prepare(db);
    this.#calendar = readFrom(counters);
    this.#seen = counters.read('last_copy_at') || null;
  }

  /** Takes a reading of the clocks, and moves what is stored where it was wrong. Returns the jump, if there was one. */
  read(reading: Reading, lastId: number): Jump | null {
    const before = this.#calendar ?? firstCalendar(reading, this.#seen);
    const { calendar, jump } = goOn(before, reading, lastId);
    this.#calendar = calendar;
    if (jump !== null) this.#move(jump, reading.date);
    if (jump !== null || reading.elapsed - this.#writtenAt >= WRITTEN_EVERY) this.#write(calendar);
    return jump;
  }

  /** The date by which it is judged what has had its time; what the caller says, while no clock was read. */
  judgedAt(at: number): number {
    return this.#calendar === null ? at : judgedAt(this.#calendar, at);
  }

  #write({ last, since, first, believed }: Calendar): void {
    const values = { ...last, since, first, believed };
    for (const name of NAMES) this.#ledger.counters.set(`calendar.${name}`, Math.round(values[name]));
    this.#writtenAt = last.elapsed;
  }

  #move({ by, moved }: Jump, now: number): void {
    // what waits for a moment waits as long as before
    for (const statement of this.#statements.wait) statement.run({ by: Math.round(by) });
    this.#statements.forgetFuture.run(minuteOf(now));
    this.#statements.forgetFutureHours.run(hourOf(minuteOf(now)));
    if (moved === null) return;
    const range = { ...moved, by: Math.round(by) };
    for (const { receivedAt, owed } of this.#statements.pending.iterate(range)) {
      const count = countSlots(owed);
      this.#ledger.moved({ receivedAt, pendings: count }, range.by);
    }
    for (const statement of this.#statements.move) statement.run(range);
  }
}

function readFrom(counters: Counters): Calendar | null {
  const [date = 0, elapsed = 0, boot = 0, since = 0, first = 0, believed = 0] = NAMES.map(name =>
    counters.read(`calendar.${name}`),
  );
  return date === 0 ? null : { last: { date, elapsed, boot }, since, first, believed };
}

const STORED_THEN = 'id > @after AND received_at BETWEEN @from AND @to';
/** A stamp of somebody else's clock stays. */
const STAMP = 'stamp = CASE stamp WHEN received_at THEN stamp + @by ELSE stamp END';
const SEEN_THEN = 'BETWEEN @from AND @to';

function prepare(db: Database) {
  return {
    wait: [
      'UPDATE remote_busy SET retry_at = retry_at + @by',
      // what may still bounce
      `UPDATE remote_message SET received_at = received_at + @by, expires_at = expires_at + @by, ${STAMP} WHERE state = 0`,
    ].map(sql => db.prepare<[object]>(sql)),
    forgetFuture: db.prepare<[number]>('DELETE FROM flow WHERE minute > ?'),
    forgetFutureHours: db.prepare<[number]>('DELETE FROM flow_hour WHERE hour > ?'),
    pending: db.prepare<[object], { receivedAt: number; owed: Slots }>(`
      SELECT received_at AS receivedAt, owed FROM message WHERE ${STORED_THEN}
      UNION ALL SELECT received_at, 1 FROM remote_message WHERE state > 0 AND ${STORED_THEN}`),
    move: [
      `UPDATE message SET received_at = received_at + @by, expires_at = expires_at + @by, ${STAMP}
        WHERE ${STORED_THEN}`,
      `UPDATE room_message SET received_at = received_at + @by, ${STAMP},
        expires_at = CASE stamp WHEN received_at THEN expires_at + @by ELSE expires_at END WHERE ${STORED_THEN}`,
      `UPDATE remote_message SET received_at = received_at + @by, expires_at = expires_at + @by, ${STAMP}
        WHERE state > 0 AND ${STORED_THEN}`,
      `UPDATE device SET first_seen = first_seen + @by WHERE first_seen ${SEEN_THEN}`,
      `UPDATE device SET last_seen = last_seen + @by WHERE last_seen ${SEEN_THEN}`,
      `UPDATE room SET heard_at = heard_at + @by WHERE heard_at ${SEEN_THEN}`,
      `UPDATE remote_domain SET heard_at = heard_at + @by WHERE heard_at ${SEEN_THEN}`,
    ].map(sql => db.prepare<[object]>(sql)),
  };
}
