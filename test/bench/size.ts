import { setTimeout as sleep } from 'node:timers/promises';
import { DaemonSide } from './daemon-side.js';
import type { Figure } from './figure.js';
import { fillSpool } from './fill.js';
import { Random } from './random.js';
import type { BenchServer } from './server.js';
import type { Sizes } from './sizes.js';
import { inTurns, twice } from './turns.js';
import { type Lot, toOffline } from './workload.js';

/** Messages pending for one account of a filled spool. */
export const PER_ACCOUNT = 100;
/** Copies taken in before memory is read the second time. */
const LOAD = 50_000;
/** So many accounts they are for; a large spool has messages for each. */
const ACCOUNTS = 10_000;
/** What a message costs is measured with so many lots of so many copies, of each side in turns. */
const [TURNS, LOT] = [6, 15_000];
/** So many measurements of memory are against this number of pending messages. */
const SMALL = 10_000;

/** Memory, start-up time and what a message costs, against the number of pending messages. */
export async function measureSize({ spools }: Sizes, seed: number): Promise<Figure[]> {
  const loaded: Loaded[] = [];
  // the largest first: while a spool is filled, nobody talks to the daemons that are there
  for (const pending of spools.toReversed()) if (pending >= SMALL) loaded.unshift(await load(pending, seed));
  const [small, ...larger] = loaded;
  if (small === undefined) return [];
  const figures = [startOf(small)];
  for (const large of larger) {
    figures.push(...memoryOf(large, small), startOf(large), await costOf(large, small, seed));
  }
  for (const { daemon } of loaded) await daemon.close();
  return figures;
}

async function costOf(large: Loaded, small: Loaded, seed: number): Promise<Figure> {
  const daemons = [large.daemon, small.daemon] as const;
  const lots = Array.from({ length: TURNS }, (_, turn) => lotOf(seed + 1 + turn, LOT));
  for (const daemon of daemons) await daemon.begin();
  await inTurns(...daemons, twice(lots));
  const [cost, against] = [await large.daemon.cost(), await small.daemon.cost()];
  return {
    what: `cost of a message, ${large.pending.toLocaleString('en')} pending`,
    seen: `${cost.toFixed(1)} µs CPU`,
    against: `${small.pending.toLocaleString('en')} pending: ${against.toFixed(1)} µs`,
    value: cost / against,
    unit: '×',
    target: { at: 'most', value: 1.2 },
  };
}

function memoryOf(large: Loaded, small: Loaded): Figure[] {
  const describe = ({ startedMB, loadedMB }: Loaded) =>
    `${startedMB.toFixed(0)} MB started, ${loadedMB.toFixed(0)} MB loaded`;
  const what = `memory, ${large.pending.toLocaleString('en')} pending`;
  const against = `${small.pending.toLocaleString('en')} pending: ${describe(small)}`;
  const seen = describe(large);
  const growth = Math.max(large.startedMB / small.startedMB, large.loadedMB / small.loadedMB);
  return [
    { what, seen, against, value: growth, unit: '×', target: { at: 'most', value: 1.2 } },
    {
      what: `${what}, RSS`,
      seen,
      against: 'nothing',
      value: Math.max(large.startedMB, large.loadedMB),
      unit: 'MB',
      target: { at: 'most', value: 200 },
    },
  ];
}

function startOf({ pending, daemon }: Loaded): Figure {
  return {
    what: `start, ${pending.toLocaleString('en')} pending`,
    seen: 'process started to handshake accepted',
    against: 'nothing',
    value: daemon.startMs,
    unit: 'ms',
    target: { at: 'most', value: 1_000 },
  };
}

/** A daemon with a filled spool, which has taken in a load. */
interface Loaded {
  pending: number;
  daemon: DaemonSide;
  startedMB: number;
  loadedMB: number;
}

async function load(pending: number, seed: number): Promise<Loaded> {
  const filling = { messages: pending, accounts: pending / PER_ACCOUNT };
  const daemon = await DaemonSide.start({ fill: path => fillSpool(path, filling) });
  await quiet(daemon.server);
  const startedMB = await daemon.memory();
  await daemon.take(lotOf(seed, LOAD));
  await sleep(1_000);
  return { pending, daemon, startedMB, loadedMB: await daemon.memory() };
}

function lotOf(seed: number, copies: number): Lot {
  return toOffline(new Random(seed), copies, ACCOUNTS, 'account');
}

/** After a start the daemon asks the devices that are owed something whether they are online; waits until it has. */
async function quiet(server: BenchServer): Promise<void> {
  for (let pings = -1; pings !== server.pings; ) {
    pings = server.pings;
    await sleep(1_000);
  }
}
