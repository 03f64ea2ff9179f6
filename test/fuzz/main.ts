import { parseArgs } from 'node:util';
import { generate } from './generate.js';
import { CLASSES, type Class } from './judge.js';
import { play } from './play.js';
import { fuzz, report } from './report.js';
import { describe } from './script.js';
import { shrink } from './shrink.js';

/**
 * `npm run fuzz -- [--seed 1] [--runs 1000]`: plays so many scripts, and reports what was wrong by classes.
 * `npm run fuzz -- --seed 6 --trace alarm`: cuts this script down to that class, and shows respool's stream.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    trace: { type: 'string' },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
const seed = Number(values.seed);

if (values.trace === undefined) {
  const found = await fuzz(seed, { runs: Number(values.runs) });
  print(await report(found));
  if (found.violations.length > 0) process.exitCode = 1;
} else if (Object.hasOwn(CLASSES, values.trace)) {
  const script = await shrink(generate(seed), values.trace as Class);
  print(describe(script));
  const { violations } = await play(script, (at, way, text) =>
    print(`${at} ${way === 'in' ? '<' : '>'} ${text}`),
  );
  for (const violation of violations) print(JSON.stringify(violation));
} else {
  print(`no class ${values.trace}; there are ${Object.keys(CLASSES).join(', ')}`);
  process.exitCode = 2;
}
