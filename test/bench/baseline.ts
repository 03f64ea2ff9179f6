import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.js';

/** A ratio may be worse than in the run that is kept by so much, as a part of it. */
const WORSE = 0.25;

/** Where the figures of the run are that others are checked against: what `--quick --json` wrote. */
export const BASELINE = fileURLToPath(new URL('../../../test/bench/baseline.json', import.meta.url));

/** @returns a line for each ratio that is worse than it was by more than a quarter */
export function regressions(figures: readonly Figure[], path = BASELINE): string[] {
  const { figures: kept } = JSON.parse(readFileSync(path, 'utf8')) as { figures: Figure[] };
  return figures.flatMap(({ what, value, unit, target, lessIsBetter = target?.at === 'most' }) => {
    const before = kept.find(figure => figure.what === what)?.value;
    if (unit !== '×' || before === undefined) return [];
    const change = lessIsBetter ? value / before - 1 : before / value - 1;
    return change > WORSE ? [`${what}: ${value.toFixed(2)}×, was ${before.toFixed(2)}×`] : [];
  });
}
