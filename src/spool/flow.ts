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
/** So much of the past is kept by the minute: a day, and the hour that has begun. */
const KEPT = 25 * 60;

/** Counts by the minute what happens with deliveries, beside the counters since the beginning. Written once a batch. */
export class Flow {
  readonly #counters: Counters;
  readonly #write;
  readonly #prune;
  readonly #changes = new Map<number, Map<FlowName, number>>();

  constructor(db: Database, counters: Counters) {
    this.#counters = counters;
    this.#write = db.prepare<[number, string, number]>(
      'INSERT INTO flow VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value',
    );
    this.#prune = db.prepare<[number]>('DELETE FROM flow WHERE minute < ?');
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

  /** Removes what is too old to be asked for. */
  prune(at: number): void {
    this.#prune.run(minuteOf(at) - KEPT);
  }
}

/** @returns the minute of a moment in ms since 1970, counted from there */
export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE);
}
