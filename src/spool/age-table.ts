import type { Tallied } from './tally.js';

/** What is pending under one name. */
export interface AgeRow {
  name: string;
  total: number;
  /** By age: as many as there are bounds, and what is older than all of them. */
  ages: number[];
}

/** What is pending by age: who has most of it, and all others together. */
export interface AgeTable {
  /**
   * In ms; each is twice the one before. Place N of a row counts what is younger than bound N, but not than bound N -
   * 1; the last place counts the rest.
   */
  bounds: number[];
  rows: AgeRow[];
  others: Omit<AgeRow, 'name'> & { /** null: more than were counted. */ names: number | null };
  all: Omit<AgeRow, 'name'>;
}

export interface AgeTableOptions {
  /** In ms since 1970. */
  now: number;
  /** The first bound, in ms. */
  first: number;
  /** Rows that are wanted; the rest is `others`. */
  rows: number;
  /** Names that are kept in memory. */
  most?: number;
}

/** With `first` at 5 minutes the last one is 14 days, which is the longest that most messages live. */
const BOUNDS = 13;
/** Some 10 MB, and up to 200 MB of garbage where each message has another name. */
const MOST_NAMES = 20_000;

/**
 * Makes the table, in memory that is bounded whatever is in the spool. What is in a row is exact. Where there are more
 * names than are kept, those that have little go as it counts, and it counts once more for the others alone: a name may
 * be missing only where it has less than two `most`ths of all that is pending.
 * @param pages gives all that is pending; it is called once or twice
 */
export function ageTable(pages: () => Iterable<Tallied[]>, options: AgeTableOptions): AgeTable {
  const bounds = Array.from({ length: BOUNDS }, (_, at) => options.first * 2 ** at);
  const most = Math.max(options.rows, options.most ?? MOST_NAMES);
  const count = (only: ReadonlySet<string> | null) => {
    const names = new Names(bounds, most, options.now, only);
    for (const page of pages()) for (const one of page) names.add(one);
    return names;
  };
  const found = count(null);
  const counted = found.areAll ? found : count(found.kept);
  return { bounds, ...counted.table(options.rows, found.areAll) };
}

interface Counted {
  ages: number[];
  weight: number;
}

class Names {
  readonly #bounds: readonly number[];
  readonly #most: number;
  readonly #now: number;
  /** Only these are told apart; null: all are. */
  readonly #only: ReadonlySet<string> | null;
  /** What each has by age, and how much speaks for it, see `#cut`. */
  readonly #byName = new Map<string, Counted>();
  /** Of names that have gone, to be used again: new ones for each name would be hundreds of MB until they are collected. */
  readonly #spare: Counted[] = [];
  readonly #others: number[];
  #areAll = true;

  constructor(bounds: readonly number[], most: number, now: number, only: ReadonlySet<string> | null) {
    this.#bounds = bounds;
    this.#most = most;
    this.#now = now;
    this.#only = only;
    this.#others = this.#none();
  }

  /** No name was left out. */
  get areAll(): boolean {
    return this.#areAll;
  }

  get kept(): ReadonlySet<string> {
    return new Set(this.#byName.keys());
  }

  add([name, receivedAt, pendings]: Tallied): void {
    if (pendings === 0) return; // owed to slots that are no device's any more
    const age = this.#now - receivedAt;
    const found = this.#bounds.findIndex(bound => age < bound);
    const at = found < 0 ? this.#bounds.length : found;
    const ages = this.#agesOf(name, pendings);
    ages[at] = (ages[at] as number) + pendings;
  }

  table(rows: number, areAll: boolean): Omit<AgeTable, 'bounds'> {
    const each = [...this.#byName].map(([name, { ages }]) => ({ name, total: sumOf(ages), ages }));
    each.sort((one, other) => other.total - one.total || (one.name < other.name ? -1 : 1));
    const rest = each.slice(rows);
    const others = rest.reduce((sum, { ages }) => sumOfBoth(sum, ages), this.#others);
    const all = each.reduce((sum, { ages }) => sumOfBoth(sum, ages), this.#others);
    return {
      rows: each.slice(0, rows),
      others: { names: areAll ? rest.length : null, total: sumOf(others), ages: others },
      all: { total: sumOf(all), ages: all },
    };
  }

  #agesOf(name: string, pendings: number): number[] {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      known.weight += pendings;
      return known.ages;
    }
    if (this.#only?.has(name) === false) return this.#others;
    if (this.#byName.size >= this.#most) this.#cut();
    const counted = this.#spare.pop() ?? { ages: this.#none(), weight: 0 };
    counted.ages.fill(0);
    counted.weight = pendings;
    this.#byName.set(name, counted);
    return counted.ages;
  }

  /**
   * Half of the names go, after Misra and Gries: each loses as much as the one in the middle has, so that to drop a name
   * takes as much of all others, and one that has much can never be dropped.
   */
  #cut(): void {
    this.#areAll = false;
    const weights = [...this.#byName.values()].map(({ weight }) => weight).sort((one, other) => one - other);
    const middle = weights[Math.floor(weights.length / 2)] as number;
    for (const [name, one] of this.#byName) {
      one.weight -= middle;
      if (one.weight > 0) continue;
      this.#byName.delete(name);
      this.#spare.push(one);
    }
  }

  #none(): number[] {
    return Array(this.#bounds.length + 1).fill(0);
  }
}

function sumOf(ages: readonly number[]): number {
  return ages.reduce((sum, one) => sum + one, 0);
}

function sumOfBoth(one: readonly number[], other: readonly number[]): number[] {
  return one.map((count, at) => count + (other[at] as number));
}
