/** A length of time: how often it was no longer than each of some bounds, and all of them together. */
export interface Histogram {
  /** By the upper bound, in ms: how often it was no longer than that. The last one is infinity. */
  buckets: readonly (readonly [bound: number, count: number])[];
  /** Of all, in ms. */
  sum: number;
  count: number;
}

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

/** What is measured: by what it is told apart, and the upper bounds of its buckets, in ms. */
const HISTOGRAMS = {
  /**
   * From when a message was first seen to the proof of a device. What ejabberd delivers is proved within a second: the
   * ping goes out after 50 ms. What respool delivers has waited for its device, so the bounds go to a week.
   */
  proof: {
    of: ['ejabberd', 'respool'],
    bounds: [
      ...[100, 250, 500, SECOND, 2_500, 5 * SECOND, 10 * SECOND, 30 * SECOND],
      ...[MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY],
    ],
  },
  /** From a device's presence to the first message that it is replayed; finer just above the usual `replay.settle`. */
  replay_wait: {
    of: ['first'], // there is no other
    bounds: [
      ...[50, 100, 250, 500, SECOND, 2 * SECOND, 2_050, 2_100, 2_250, 2_500],
      ...[3 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE],
    ],
  },
  /** How old what has not arrived was at its end; the usual `spool.max_age` is 14 days. */
  end_age: {
    of: ['expired', 'refused', 'evicted', 'dropped'],
    bounds: [
      SECOND,
      10 * SECOND,
      MINUTE,
      10 * MINUTE,
      HOUR,
      6 * HOUR,
      DAY,
      3 * DAY,
      7 * DAY,
      14 * DAY,
      30 * DAY,
    ],
  },
} as const;

type Histograms = typeof HISTOGRAMS;
export type HistogramName = keyof Histograms;
/** What of a histogram is told apart. */
export type Kind<Name extends HistogramName> = Histograms[Name]['of'][number];
/** Every histogram that there is, by what it is told apart by. */
export type Measured = { [Name in HistogramName]: Readonly<Record<Kind<Name>, Histogram>> };

/** Measures one kind in memory until it is written: two additions and a few comparisons for each length. */
class Measuring {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  readonly #prefix: string;
  #sum = 0;

  constructor(prefix: string, bounds: readonly number[]) {
    this.#prefix = prefix;
    this.#bounds = bounds;
    this.#counts = Array(bounds.length + 1).fill(0);
  }

  /** A clock that was set back makes it 0. */
  add(length: number): void {
    const ms = Math.max(0, Math.round(length));
    const at = placeOf(ms, this.#bounds);
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += ms;
  }

  write(add: (counter: string, change: number) => void): void {
    for (const [at, count] of this.#counts.entries()) {
      if (count > 0) add(this.#prefix + (this.#bounds[at] ?? MORE), count);
    }
    if (this.#sum > 0) add(this.#prefix + SUM, this.#sum);
    this.#counts.fill(0);
    this.#sum = 0;
  }
}

/**
 * What the spool measures of messages, among its counters: `time.NAME.KIND.BOUND`, each length once, by its bound in ms, so
 * that other bounds in another version still count right. Written once a batch.
 */
export class Times {
  readonly #proof = measuring('proof');
  readonly #ends = measuring('end_age');
  #isOpen = false;

  /** A device has proved a message, so long after it was first seen. */
  proved(by: Kind<'proof'>, length: number): void {
    this.#proof[by].add(length);
    this.#isOpen = true;
  }

  /** It has ended at this age without having arrived. */
  ended(outcome: Kind<'end_age'>, age: number): void {
    this.#ends[outcome].add(age);
    this.#isOpen = true;
  }

  write(add: (counter: string, change: number) => void): void {
    if (!this.#isOpen) return;
    for (const one of [...Object.values(this.#proof), ...Object.values(this.#ends)]) one.write(add);
    this.#isOpen = false;
  }
}

/** @returns the counters by which a device's wait for its first replay is counted, in ms, for `count` of the commands */
export function countsOfWait(length: number): Record<string, number> {
  const counts: Record<string, number> = {};
  const { first } = measuring('replay_wait');
  first.add(length);
  first.write((counter, change) => {
    counts[counter] = change;
  });
  return counts;
}

/** @returns what was measured so far, from all counters */
export function measuredIn(counters: ReadonlyMap<string, number>): Measured {
  const found = new Map<string, [bound: number, count: number][]>();
  const sums = new Map<string, number>();
  for (const [name, value] of counters) {
    if (!name.startsWith(BEGIN)) continue;
    const end = name.lastIndexOf('.') + 1;
    const [prefix, bound] = [name.slice(0, end), name.slice(end)];
    if (bound === SUM) sums.set(prefix, value);
    else
      found.set(prefix, [...(found.get(prefix) ?? []), [bound === MORE ? INFINITY : Number(bound), value]]);
  }
  const read = (prefix: string, bounds: readonly number[]): Histogram => {
    const counted = found.get(prefix) ?? [];
    const upTo = (most: number) =>
      counted.reduce((sum, [bound, count]) => (bound <= most ? sum + count : sum), 0);
    const buckets = [...bounds, INFINITY].map(bound => [bound, upTo(bound)] as const);
    return { buckets, sum: sums.get(prefix) ?? 0, count: upTo(INFINITY) };
  };
  return ofEach((name, kind) => read(prefixOf(name, kind), HISTOGRAMS[name].bounds)) as Measured;
}

const BEGIN = 'time.';
const SUM = 'sum';
/** Longer than the last bound. */
const MORE = 'more';
const INFINITY = Number.POSITIVE_INFINITY;

function prefixOf(name: HistogramName, kind: string): string {
  return `${BEGIN}${name}.${kind}.`;
}

function measuring<Name extends HistogramName>(name: Name): Record<Kind<Name>, Measuring> {
  const { of, bounds } = HISTOGRAMS[name];
  const each = of.map(kind => [kind, new Measuring(prefixOf(name, kind), bounds)] as const);
  return Object.fromEntries(each) as Record<Kind<Name>, Measuring>;
}

function ofEach<T>(make: (name: HistogramName, kind: string) => T): Record<string, Record<string, T>> {
  const names = Object.keys(HISTOGRAMS) as HistogramName[];
  return Object.fromEntries(
    names.map(name => [
      name,
      Object.fromEntries(HISTOGRAMS[name].of.map(kind => [kind, make(name, kind)] as const)),
    ]),
  );
}

/** The first bound that is no less; behind the last one where there is none. */
function placeOf(ms: number, bounds: readonly number[]): number {
  for (let at = 0; at < bounds.length; at++) if (ms <= (bounds[at] as number)) return at;
  return bounds.length;
}
