import type { Database } from 'better-sqlite3';
import { CAUSES, type Cause } from './cause.js';
import type { Counters } from './counters.js';

/** `lost`: it expired or was evicted before any device had it. The causes are those of what was replayed. */
export type FlowName = 'delivered' | 'replayed' | 'lost' | `saved.${Cause}`;

export const FLOW_NAMES: readonly FlowName[] = [
  'delivered',
  'replayed',
  'lost',
  ...CAUSES.map(cause => `saved.${cause}` as const),
];

const MINUTE = 60_000;
const HOUR = 60;
/** So much of the past is kept by the minute: a day, and the hour that has begun. */
const KEPT = 25 * HOUR;
/** And so many hours by the hour: thirty days, and the one that has begun. */
const KEPT_HOURS = 31 * 24;

/**
 * Counts by the minute, and later by the hour, what happens with deliveries, beside the counters since the beginning.
 * Written once a batch.
 */
export class Flow {
  readonly #counters: Counters;
  readonly #write;
  readonly #gather;
  readonly #prune;
  readonly #pruneHours;
  readonly #changes = new Map<number, Map<FlowName, number>>();

  constructor(db: Database, counters: Counters) {
    this.#counters = counters;
    this.#write = db.prepare<[number, string, number]>(
      'INSERT INTO flow VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value',
    );
    this.#gather = db.prepare<[number]>(`
      INSERT INTO flow_hour SELECT minute / ${HOUR}, name, sum(value) FROM flow WHERE minute < ? GROUP BY 1, 2
      ON CONFLICT DO UPDATE SET value = value + excluded.value`);
    this.#prune = db.prepare<[number]>('DELETE FROM flow WHERE minute < ?');
    this.#pruneHours = db.prepare<[number]>('DELETE FROM flow_hour WHERE hour < ?');
  }

  /** @param at when, in ms since 1970 */
  add(name: FlowName, change: number, at: number): void {
    const minute = minuteOf(at);
    let changes = this.#changes.get(minute);
    if (changes === undefined) {
      changes = new Map();
      this.#changes.set(minute, changes);
    }
    changes.set(name, (changes.get(name) ?? 0) + change);
  }

  /** The counters are to be written after it. */
  write(): void {
    for (const [minute, changes] of this.#changes) {
      for (const [name, change] of changes) {
        this.#write.run(minute, name, change);
        this.#counters.add(name, change);
      }
    }
    this.#changes.clear();
  }

  /** What is too old to be kept by the minute is kept by the hour from now on; what is too old for that goes. */
  prune(at: number): void {
    const oldest = minuteOf(at) - KEPT;
    this.#gather.run(oldest);
    this.#prune.run(oldest);
    this.#pruneHours.run(hourOf(minuteOf(at)) - KEPT_HOURS);
  }
}

/** @returns the minute of a moment in ms since 1970, counted from there */
export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE);
}

/** @returns the hour of a minute, both counted from 1970 */
export function hourOf(minute: number): number {
  return Math.floor(minute / HOUR);
}
