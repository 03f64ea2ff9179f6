import type { Database } from 'better-sqlite3';
import { CAUSES, type Cause } from './cause.js';
import { type FlowName, hourOf, minuteOf } from './flow.js';
import { FLOOR } from './most.js';

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
interface AgeStep {
  under: number | null;
  pending: number;
}

/** How delivery goes, and what is pending: all of it from numbers that are kept. */
export interface Course {
  hour: Deliveries;
  day: Deliveries;
  /** The last thirty days, to the hour. */
  month: Deliveries;
  /** Since the daemon started last. */
  sinceStart: Deliveries;
  /** The last hour by the minute. */
  minutes: Series;
  /** The last day by the hour. */
  hours: Series;
  /** The last thirty days by 24 hours. */
  days: Series;
  ages: AgeStep[];
  /** The domains with most messages in the spool. */
  domains: { domain: string; messages: number }[];
}

/** An account with how many messages it has in the spool. */
export interface AccountShare {
  account: string;
  messages: number;
}

/** What `respool stats` shows beyond the counters. */
export interface Insight extends Course {
  /** The accounts with most messages in the spool. */
  accounts: AccountShare[];
}

const MINUTES = 60;
const HOURS = 24;
const DAYS = 30;
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
    return { ...this.course(now), accounts: this.#statements.accounts.all(TOP) };
  }

  /** The accounts that are known to have most, from numbers that are kept; fewer while they are counted anew. */
  most(): AccountShare[] {
    return this.#statements.most.all(TOP);
  }

  /** Costs the same however much is pending. */
  course(now: number): Course {
    const minute = minuteOf(now);
    const byMinute = this.#slices(minute, 1, MINUTES);
    const byHour = this.#slices(minute, MINUTES, HOURS);
    const byDay = this.#days(minute);
    return {
      hour: sum(byMinute),
      day: sum(byHour),
      month: sum(byDay),
      sinceStart: sum(this.#statements.sinceStart.all()),
      minutes: seriesOf(byMinute, MINUTES),
      hours: seriesOf(byHour, HOURS),
      days: seriesOf(byDay, DAYS),
      ages: this.#ages(minute),
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

  #days(now: number): Row[] {
    const hour = hourOf(now);
    return this.#statements.days.all({ hour, from: hour - HOURS * DAYS, now });
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
    days: db
      .prepare<[object], Row>(`
        SELECT CAST(@hour - hour AS INTEGER) / ${HOURS} AS age, name, sum(value) FROM (
          SELECT hour, name, value FROM flow_hour WHERE hour > @from AND hour <= @hour
          UNION ALL SELECT minute / ${MINUTES}, name, value FROM flow
            WHERE minute >= (@from + 1) * ${MINUTES} AND minute <= @now)
        GROUP BY 1, 2`)
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
    // counted here, so that they are exact at any time
    accounts: db.prepare<[number], AccountShare>(`
      SELECT jid AS account, messages
      FROM (
        SELECT account, sum(messages) AS messages FROM (
          SELECT account, count(*) AS messages FROM account_message_old GROUP BY account
          UNION ALL SELECT account, count(*) FROM account_message_young GROUP BY account)
        GROUP BY account ORDER BY 2 DESC LIMIT ?)
      JOIN account ON account.id = account
      ORDER BY messages DESC`),
    most: db.prepare<[number], AccountShare>(`
      SELECT jid AS account, messages FROM account_most JOIN account ON account.id = account_most.account
      WHERE messages >= coalesce((SELECT value FROM counter WHERE name = '${FLOOR}'), 0)
      ORDER BY messages DESC, jid LIMIT ?`),
    domains: db.prepare<[number], Insight['domains'][number]>(`
      SELECT substr(name, 8) AS domain, value AS messages FROM counter
      WHERE name >= 'domain.' AND name < 'domain/' AND value > 0 ORDER BY value DESC LIMIT ?`),
  };
}
