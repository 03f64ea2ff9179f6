import { generate } from './generate.js';
import { CLASSES, type Class, type Violation } from './judge.js';
import { play } from './play.js';
import { describe, type Script } from './script.js';
import { shrink } from './shrink.js';

export interface Found {
  runs: number;
  /** Of all runs. */
  replays: number;
  received: number;
  unavoidable: number;
  violations: (Violation & { seed: number })[];
}

/** Plays scripts from a seed on: so many, or for so many ms. */
export async function fuzz(seed: number, until: { runs?: number; ms?: number }): Promise<Found> {
  const { runs = Number.POSITIVE_INFINITY, ms = Number.POSITIVE_INFINITY } = until;
  const start = performance.now();
  const found: Found = { runs: 0, replays: 0, received: 0, unavoidable: 0, violations: [] };
  while (found.runs < runs && performance.now() - start < ms) {
    const at = seed + found.runs++;
    const outcome = await play(generate(at));
    found.replays += outcome.replays;
    found.received += outcome.received;
    found.unavoidable += outcome.unavoidable;
    found.violations.push(...outcome.violations.map(violation => ({ ...violation, seed: at })));
  }
  return found;
}

/** The figures, and the shortest script found for each class. */
export async function report(found: Found): Promise<string> {
  const { runs, replays, received, unavoidable, violations } = found;
  const lines = [
    `${runs} runs, ${received} receipts, ${replays} replays, ${unavoidable} unavoidable repeats`,
  ];
  for (const name of Object.keys(CLASSES) as Class[]) {
    const of = violations.filter(violation => violation.class === name);
    const seeds = new Set(of.map(({ seed }) => seed));
    lines.push(`${name}: ${of.length} in ${seeds.size} runs (${CLASSES[name]})`);
  }
  for (const name of Object.keys(CLASSES) as Class[]) {
    const example = await exampleOf(name, violations);
    if (example !== null) lines.push('', example);
  }
  return lines.join('\n');
}

/** The shortest script with a violation of this class that cutting events from the first few gives; null: none has one. */
export async function exampleOf(name: Class, violations: Found['violations']): Promise<string | null> {
  const seeds = [...new Set(violations.filter(one => one.class === name).map(({ seed }) => seed))];
  let best: Script | null = null;
  for (const seed of seeds.slice(0, 5)) {
    const script = await shrink(generate(seed), name);
    if (best === null || script.events.length < best.events.length) best = script;
  }
  if (best === null) return null;
  const { violations: left } = await play(best);
  const what = left
    .filter(one => one.class === name)
    .map(({ token, device, what }) => `  ${token === null ? '' : `message ${token} at `}${device}: ${what}`);
  return [`${name}: ${CLASSES[name]}`, ...what, describe(best)].join('\n');
}
