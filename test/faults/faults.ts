import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { Random } from '../bench/random.js';
import type { World } from './world.js';

/** One thing that goes wrong and is put right again. */
interface Fault {
  name: string;
  /** How often it is chosen, against the others. */
  weight: number;
  happen(world: World, random: Random): Promise<void>;
}

const HOUR = 3_600_000;

/** Waits a random time of at most so many ms. */
const moment = (random: Random, most: number) => sleep(random.below(most));

async function killRespool(
  world: World,
  random: Random,
  signal: 'SIGKILL' | 'SIGTERM',
  most = 800,
): Promise<void> {
  await world.endRespool(signal);
  await moment(random, most);
  await world.startRespool();
}

async function away(world: World, random: Random, end: () => Promise<void>): Promise<void> {
  world.disturbed();
  world.kills++;
  await end();
  await moment(random, 500);
  await world.server.start();
}

/** Holds the database as a backup or a curious operator does, in another process than respool's. */
async function lock(world: World, ms: number): Promise<void> {
  const db = new Database(world.respool.spool, { timeout: 10_000 });
  try {
    db.exec('BEGIN IMMEDIATE');
    await sleep(ms);
  } finally {
    db.close();
  }
}

const FAULTS: readonly Fault[] = [
  { name: 'respool killed', weight: 8, happen: (world, random) => killRespool(world, random, 'SIGKILL') },
  { name: 'respool restarted', weight: 2, happen: (world, random) => killRespool(world, random, 'SIGTERM') },
  {
    name: 'respool away for long',
    weight: 2,
    happen: (world, random) => killRespool(world, random, 'SIGKILL', 5000),
  },
  {
    name: 'ejabberd killed',
    weight: 1,
    happen: (world, random) => away(world, random, () => world.server.kill()),
  },
  {
    name: 'ejabberd stopped',
    weight: 1,
    happen: (world, random) => away(world, random, () => world.server.stop()),
  },
  {
    name: 'line cut',
    weight: 4,
    async happen(world, random) {
      world.disturbed();
      world.line.cut(random.below(2) === 0);
    },
  },
  {
    name: 'line stalled',
    weight: 3,
    async happen(world, random) {
      world.line.stall(true);
      await moment(random, 3000);
      world.line.stall(false);
    },
  },
  {
    name: 'line stalled, then cut',
    weight: 2,
    async happen(world, random) {
      world.line.stall(true);
      await moment(random, 1000);
      world.disturbed();
      world.line.cut(true);
      world.line.stall(false);
    },
  },
  {
    name: 'line split',
    weight: 2,
    async happen(world, random) {
      world.line.splitting = true;
      await moment(random, 3000);
      world.line.splitting = false;
    },
  },
  {
    name: 'disk full',
    weight: 3,
    async happen(world, random) {
      if (!world.disk.isSmall) return;
      world.disk.fill();
      await moment(random, 3000);
      world.disk.free();
    },
  },
  {
    name: 'disk full, then respool killed',
    weight: 1,
    async happen(world, random) {
      if (world.disk.isSmall) world.disk.fill();
      await moment(random, 2000);
      await world.endRespool('SIGKILL');
      world.disk.free();
      await world.startRespool();
    },
  },
  { name: 'database locked', weight: 2, happen: (world, random) => lock(world, random.below(1500)) },
  {
    name: 'database locked for long',
    weight: 1,
    happen: (world, random) => lock(world, 5500 + random.below(1000)),
  },
  {
    name: 'clock stepped',
    weight: 2,
    async happen(world, random) {
      world.stepClock((random.below(49) - 24) * HOUR);
      await moment(random, 1000);
      if (random.below(2) === 0) world.stepClock(0);
    },
  },
];

const TOTAL = FAULTS.reduce((sum, { weight }) => sum + weight, 0);

/** Chooses a fault. */
export function chooseFault(random: Random): Fault {
  let rest = random.below(TOTAL);
  for (const fault of FAULTS) {
    rest -= fault.weight;
    if (rest < 0) return fault;
  }
  throw new Error('unreachable: the weights add up to the total');
}
