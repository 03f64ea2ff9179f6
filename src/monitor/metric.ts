import { Counter, Gauge, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import type { Histogram } from '../spool/histograms.js';
import type { Stats } from '../spool/stats.js';
import type { Live } from './live.js';

interface Documented {
  name: string;
  help: string;
  /** The name of its label, where `read` gives something for each value of it. */
  label?: string;
}

interface Numbers extends Documented {
  type: 'counter' | 'gauge';
  /** null leaves the metric out. */
  read(seen: Seen): Value;
}

interface Times extends Documented {
  type: 'histogram';
  /** One histogram for each value of the label; exactly one where there is no label. */
  read(seen: Seen): Readonly<Record<string, Histogram>> | null;
}

/** A metric as documented and as read. */
export type Metric = Numbers | Times;

type Value = number | Readonly<Record<string, number>> | null;

/** What metrics are made of: the spool, as it was last written, and the process itself. */
export interface Seen {
  /** null: the spool cannot be read. */
  stats: Stats | null;
  /** null: no daemon runs. */
  live: Live | null;
  /** In ms since 1970. */
  now: number;
}

/** What the spool knows; left out where it cannot be read. */
export function ofSpool<T>(read: (stats: Stats, seen: Seen) => T): (seen: Seen) => T | null {
  return seen => (seen.stats === null ? null : read(seen.stats, seen));
}

/** What the process knows of itself; left out where there is none. */
export function ofProcess<T>(read: (live: Live) => T): (seen: Seen) => T | null {
  return ({ live }) => (live === null ? null : read(live));
}

export const seconds = (ms: number) => ms / 1000;

/** @returns metrics in the text format of Prometheus */
export function textOf(metrics: readonly Metric[], seen: Seen): Promise<string> {
  const registry = new Registry();
  for (const metric of metrics) {
    if (metric.type === 'histogram') addTimes(registry, metric, seen);
    else addNumber(registry, metric, seen);
  }
  return registry.metrics();
}

function addNumber(registry: Registry, { name, type, help, label, read }: Numbers, seen: Seen): void {
  const value = read(seen);
  if (value === null) return;
  const settings = { name, help, labelNames: label === undefined ? [] : [label], registers: [registry] };
  const metric = type === 'counter' ? new Counter(settings) : new Gauge(settings);
  if (typeof value === 'number') metric.inc(value);
  else for (const [kind, number] of Object.entries(value)) metric.inc({ [label ?? '']: kind }, number);
}

function addTimes(registry: Registry, { name, help, label, read }: Times, seen: Seen): void {
  const times = read(seen);
  if (times === null) return;
  const values = Object.entries(times).flatMap(([kind, one]) =>
    seriesOf(name, label === undefined ? {} : { [label]: kind }, one),
  );
  registry.registerMetric(new Counted({ name, help, registers: [] }, values));
}

type Series = MetricValue<string> & { metricName: string };

/** What was counted elsewhere: the library's own histogram takes single values only. */
class Counted extends Gauge {
  readonly #values: Series[];

  constructor(settings: { name: string; help: string; registers: Registry[] }, values: Series[]) {
    super(settings);
    this.#values = values;
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    return { ...(await super.get()), type: HISTOGRAM, values: this.#values };
  }
}

/** As the types of the library have it; in the text it is this very word. */
const HISTOGRAM = 'histogram' as unknown as MetricObjectWithValues<MetricValue<string>>['type'];

function seriesOf(
  name: string,
  labels: Record<string, string>,
  { buckets, sum, count }: Histogram,
): Series[] {
  const upTo = buckets.map(([bound, value]) => {
    const le = bound === Infinity ? '+Inf' : seconds(bound);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value };
  });
  return [
    ...upTo,
    { metricName: `${name}_sum`, labels, value: seconds(sum) },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
