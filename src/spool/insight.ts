import type { Database } from 'better-sqlite3';
import { CAUSES, type Cause } from './cause.js';
import { type FlowName, minuteOf } from './flow.js';

/** What became of deliveries in a time; each is to one device. */
export interface Deliveries {
  /** By ejabberd, with proof. */
  delivered: number;
  /** By respool, with proof. */
  replayed: number;
  /** Messages that expired or were evicted before any device had them. */
  lost: number;
  /** Why ejabberd had not delivered what respool did. */
  saved: Record<Cause, number>;
}

/** Deliveries one after another, oldest first. */
export interface Series {
  delivered: number[];
  replayed: number[];
}

/** A part of what is pending, by age; `under` in ms, null: older than all others. */
export interface AgeStep {
  under: number | null;
  pending: number;
}

/** What `respool stats` shows beyond the counters. */
export interface Insight {
  hour: Deliveries;
  day: Deliveries;
  /** Since the daemon started last. */
  sinceStart: Deliveries;
  /** The last hour by the minute. */
  minutes: Series;
  /** The last day by the hour. */
  hours: Series;
  ages: AgeStep[];
  /** The accounts with most messages in the spool. */
  accounts: { account: string; messages: number }[];
  /** The domains with most. */
  domains: { domain: string; messages: number }[];
}

const MINUTES = 60;
const HOURS = 24;
/** In minutes. */
const AGES = [10, 60, 24 * 60, 7 * 24 * 60];
const TOP = 10;

/** @returns how much of what was due was delivered, from 0 to 1; null where nothing was due */
export function successOf({ delivered, replayed, lost }: Deliveries): number | null {
  const due = delivered + replayed + lost;
  return due === 0 ? null : (delivered + replayed) / due;
}

type Row = [slice: number, name: FlowName, value: number];

/** Asks the spool what `respool stats` shows; costs the same however much is pending, but that the messages of each account are counted. */
export class InsightReader {
  readonly #statements;

  constructor(db: Database) {
    this.#statements = prepare(db);
  }

  /** @param now in ms since 1970 */
  read(now: number): Insight {
    const minute = minuteOf(now);
    const byMinute = this.#slices(minute, 1, MINUTES);
    const byHour = this.#slices(minute, MINUTES, HOURS);
    return {
      hour: sum(byMinute),
      day: sum(byHour),
      sinceStart: sum(this.#statements.sinceStart.all()),
      minutes: seriesOf(byMinute, MINUTES),
      hours: seriesOf(byHour, HOURS),
      ages: this.#ages(minute),
      accounts: this.#statements.accounts.all(TOP),
      domains: this.#statements.domains.all(TOP),
    };
  }

  /** What became of deliveries in the last hour. */
  lastHour(now: number): Deliveries {
    return sum(this.#slices(minuteOf(now), MINUTES, 1));
  }

  #slices(now: number, length: number, count: number): Row[] {
    return this.#statements.flow.all({ now, length, from: now - length * count });
  }

  #ages(now: number): AgeStep[] {
    const [a, b, c, d] = AGES.map(age => now - age);
    const found = new Map(this.#statements.ages.all({ a, b, c, d }));
    return [...AGES, null].map((age, step) => ({
      under: age === null ? null : age * 60_000,
      pending: found.get(step) ?? 0,
    }));
  }
}

function sum(rows: readonly Row[]): Deliveries {
  const of = (wanted: FlowName) =>
    rows.reduce((total, [, name, value]) => (name === wanted ? total + value : total), 0);
  const saved = Object.fromEntries(CAUSES.map(cause => [cause, of(`saved.${cause}`)]));
  return {
    delivered: of('delivered'),
    replayed: of('replayed'),
    lost: of('lost'),
    saved: saved as Record<Cause, number>,
  };
}

function seriesOf(rows: readonly Row[], count: number): Series {
  const series: Series = { delivered: Array(count).fill(0), replayed: Array(count).fill(0) };
  for (const [age, name, value] of rows) {
    // a clock that was set back leaves minutes of the future
    if ((name === 'delivered' || name === 'replayed') && age >= 0) series[name][count - 1 - age] = value;
  }
  return series;
}

function prepare(db: Database) {
  return {
    flow: db
      .prepare<[object], Row>(`
        SELECT CAST(@now - minute AS INTEGER) / CAST(@length AS INTEGER) AS age, name, sum(value) FROM flow
        WHERE minute > @from AND minute <= @now GROUP BY 1, 2`)
      .raw(),
    sinceStart: db
      .prepare<[], Row>(`
        SELECT 0, substr(began.name, 7), coalesce(counter.value, 0) - began.value
        FROM counter AS began LEFT JOIN counter ON counter.name = substr(began.name, 7)
        WHERE began.name >= 'start.' AND began.name < 'start/'`)
      .raw(),
    ages: db
      .prepare<[object], [number, number]>(`
        SELECT CASE WHEN minute > @a THEN 0 WHEN minute > @b THEN 1 WHEN minute > @c THEN 2 WHEN minute > @d THEN 3 ELSE 4 END,
          sum(pending) FROM pending_age GROUP BY 1`)
      .raw(),
    // counted here: to keep the numbers would cost more with each message than it saves
    accounts: db.prepare<[number], Insight['accounts'][number]>(`
      SELECT jid AS account, messages
      FROM (
        SELECT account, sum(messages) AS messages FROM (
          SELECT account, count(*) AS messages FROM account_message_old GROUP BY account
          UNION ALL SELECT account, count(*) FROM account_message_young GROUP BY account)
        GROUP BY account ORDER BY 2 DESC LIMIT ?)
      JOIN account ON account.id = account
      ORDER BY messages DESC`),
    domains: db.prepare<[number], Insight['domains'][number]>(`
      SELECT substr(name, 8) AS domain, value AS messages FROM counter
      WHERE name >= 'domain.' AND name < 'domain/' AND value > 0 ORDER BY value DESC LIMIT ?`),
  };
}
