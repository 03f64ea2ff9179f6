import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../bench/random.js';
import { ensureEjabberd } from '../ejabberd/install.js';
import { playRound } from './round.js';
import { World } from './world.js';

/** More memory than that at the end of any round is a leak, in MB. */
const MOST_MEMORY = 200;
const HELP = `npm run faults -- [--seed N] [--minutes N | --rounds N]

Clients of a real ejabberd write, come and go while respool, ejabberd, the line between them, the disk, the database
and the clock fail at random, and a hostile user plays all tricks that he knows; after each round everything that was
committed must have arrived. One seed draws the same actions, faults and tricks again (their timing is the machine's). Without --rounds it lasts --minutes (2).
Exit code 1 where something was lost or repeated.`;

function options(): { seed: number; rounds: number; until: number } | null {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rounds: { type: 'string' },
      minutes: { type: 'string', default: '2' },
      help: { type: 'boolean' },
    },
  });
  const [seed, minutes] = [Number(values.seed), Number(values.minutes)];
  const rounds = values.rounds === undefined ? Number.POSITIVE_INFINITY : Number(values.rounds);
  if (values.help === true || ![seed, minutes].every(Number.isFinite) || !(rounds > 0)) return null;
  const until = Number.isFinite(rounds) ? Number.POSITIVE_INFINITY : performance.now() + minutes * 60_000;
  return { seed, rounds, until };
}

async function main(): Promise<number> {
  const chosen = options();
  if (chosen === null) {
    console.log(HELP);
    return 2;
  }
  const { seed, rounds, until } = chosen;
  ensureEjabberd(line => console.error(line));
  const began = performance.now();
  const draws = { traffic: new Random(seed), trouble: new Random(seed + 1), malice: new Random(seed + 2) };
  const world = new World();
  let round = 0;
  try {
    await world.open(seed);
    if (!world.disk.isSmall) console.log('no small disk could be mounted (only root can): it is never full');
    while (round < rounds && performance.now() < until && world.model.violations.length === 0) {
      world.tell(`round ${++round}`);
      await playRound(world, draws);
    }
  } catch (error) {
    world.model.violated(`the run broke off: ${error instanceof Error ? error.stack : error}`);
  }
  const counted = ['forged', 'unreadable', 'mended', 'evicted'].map(
    name => [`counted as ${name}`, world.ledger?.counted(name) ?? 0] as const,
  );
  const { vitals } = world;
  await world.close();
  const { model, memory } = world;
  if (memory > MOST_MEMORY) model.violated(`respool had ${memory} MB of memory`);
  const figures: (readonly [string, string | number])[] = [
    ['seed', seed],
    ['seconds', Math.round((performance.now() - began) / 1000)],
    ['rounds', round],
    ['messages', model.messages],
    ['kills', world.kills],
    ['other faults', world.faults - world.kills],
    ['replays', model.replays],
    ['lost', model.lost],
    ['repeated after proof', model.repeated],
    ['came again unproved', model.again],
    ['replays that strayed', model.strayed],
    ['hostile tricks', [...(world.hostile?.played.values() ?? [])].reduce((sum, times) => sum + times, 0)],
    ...counted,
    ['most memory (MB)', memory],
    ['most for a moment (MB)', vitals.peak],
    ['longest stall (ms)', vitals.stall],
    ['violations', model.violations.length],
  ];
  for (const [what, figure] of figures) console.log(`${what.padEnd(22)}${String(figure).padStart(9)}`);
  if (model.violations.length === 0) return 0;
  for (const violation of model.violations.slice(0, 20)) console.log(`violated: ${violation}`);
  const file = join(mkdtempSync(join(tmpdir(), 'respool-faults-')), `seed-${seed}.log`);
  const lines = world.history.map(({ at, what }) => `${String(at).padStart(8)} ${what}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  console.log(`history: ${file}\nagain: npm run faults -- --seed ${seed} --rounds ${round}`);
  return 1;
}

process.exitCode = await main();
