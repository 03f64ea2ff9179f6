import { METRICS } from '../../src/monitor/metrics.js';

/** What Prometheus itself adds to what it reads. */
const ADDED = ['job', 'instance'];
/** By the name of each series, the labels that it has. */
const SERIES = new Map<string, string[]>();
for (const { name, type, label } of METRICS) {
  const labels = [...ADDED, ...(label === undefined ? [] : [label])];
  if (type !== 'histogram') SERIES.set(name, labels);
  else {
    SERIES.set(`${name}_bucket`, [...labels, 'le']);
    for (const part of ['sum', 'count']) SERIES.set(`${name}_${part}`, labels);
  }
}

/** @returns the names of the metrics in an expression of PromQL that respool does not have, and the labels that they lack */
export function unknownIn(expr: string): string[] {
  const used = [...expr.matchAll(/\b(respool_\w+)(?:\{([^}]*)\})?/g)];
  if (used.length === 0 && !/\bup\{/.test(expr)) return [`no metric in ${expr}`];
  return used.flatMap(([, name = '', matchers = '']) => {
    const labels = SERIES.get(name);
    if (labels === undefined) return [name];
    const named = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, by = '']) => by.split(/,\s*/));
    return [...named, ...grouped].filter(one => !labels.includes(one)).map(one => `${name}{${one}}`);
  });
}

/** The metrics in an expression, by the names that are documented. */
export function metricsIn(expr: string): string[] {
  return [...expr.matchAll(/\brespool_\w+/g)].flatMap(([series]) =>
    METRICS.filter(({ name, type }) =>
      type === 'histogram' ? series.replace(/_(bucket|sum|count)$/, '') === name : series === name,
    ).map(({ name }) => name),
  );
}
