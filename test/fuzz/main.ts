import { parseArgs } from 'node:util';
import { fuzz, report } from './report.js';

/** `npm run fuzz -- [--seed 1] [--runs 1000]`: plays so many scripts, and reports what was wrong by classes. */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '1000' } },
});
const found = await fuzz(Number(values.seed), { runs: Number(values.runs) });
process.stdout.write(`${await report(found)}\n`);
if (found.violations.length > 0) process.exitCode = 1;
