import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { regressions } from './baseline.js';
import { measureCost } from './cost.js';
import { measureReplayThroughEjabberd } from './ejabberd.js';
import { type Figure, isMet } from './figure.js';
import { measureIntake } from './intake.js';
import { measureLatency } from './latency.js';
import { machine } from './machine.js';
import { measurePeers } from './peers.js';
import { measureReplay } from './replay.js';
import { measureRooms } from './rooms.js';
import { measureSize } from './size.js';
import { FULL, QUICK } from './sizes.js';
import { measureSteps } from './steps.js';
import { table } from './table.js';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    check: { type: 'boolean', default: false },
  },
});
const sizes = options.quick ? QUICK : FULL;
const seed = Number(options.seed);
const about = { ...machine(), seed, quick: options.quick };
process.stdout.write(
  `${about.cpu}, ${about.cores} cores, ${about.memoryGiB} GiB; node ${about.node}, ` +
    `better-sqlite3 ${about.betterSqlite3}, @xmpp/component ${about.xmppComponent}; seed ${seed}\n\n`,
);

/** By the names that --only takes. */
const measurements: Record<string, () => Promise<Figure[]>> = {
  intake: () => measureIntake(sizes, seed),
  steps: () => measureSteps(sizes, seed),
  size: () => measureSize(sizes, seed),
  latency: () => measureLatency(sizes),
  rooms: () => measureRooms(sizes, seed),
  replay: () => measureReplay(sizes),
  ejabberd: () => measureReplayThroughEjabberd(sizes),
  cost: () => measureCost(sizes),
  peers: () => measurePeers(sizes),
};
const figures: Figure[] = [];
for (const [name, measure] of Object.entries(measurements)) {
  if (options.only !== undefined && options.only !== name) continue;
  const measured = await measure();
  figures.push(...measured);
  process.stdout.write(`${table(measured)}\n\n`);
}
if (options.check) {
  const worse = regressions(figures);
  for (const line of worse) process.stdout.write(`worse by more than a quarter: ${line}\n`);
  if (worse.length > 0) process.exitCode = 1;
}
if (options.json !== undefined) {
  const results = figures.map(figure => ({ ...figure, met: isMet(figure) }));
  writeFileSync(options.json, `${JSON.stringify({ machine: about, figures: results }, null, 2)}\n`);
}
