import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { type Figure, perSecond } from './figure.js';
import { fillSpool } from './fill.js';
import { Folder } from './folder.js';
import { Random } from './random.js';
import { Reader } from './reader.js';
import { BenchServer, inWrites } from './server.js';
import type { Sizes } from './sizes.js';
import { toOffline } from './workload.js';

/** Messages pending for one account of a filled spool. */
export const PER_ACCOUNT = 100;
/** Copies taken in before memory is read the second time, and for how many accounts; a large spool has messages for each. */
const [LOAD, ACCOUNTS] = [50_000, 10_000];
/** So many measurements of memory are against this number of pending messages. */
const SMALL = 10_000;

interface Reading {
  pending: number;
  startMs: number;
  startedMB: number;
  loadedMB: number;
  /** CPU for a message of the load, in µs. */
  cost: number;
  rate: number;
}

/** Memory, start-up time and what a message costs, against the number of pending messages. */
export async function measureSize(sizes: Sizes, seed: number): Promise<Figure[]> {
  const readings: Reading[] = [];
  for (const pending of sizes.spools) {
    if (pending >= SMALL) readings.push(await read(pending, seed));
  }
  const [small, ...large] = readings;
  if (small === undefined) return [];
  const grown = large.flatMap(reading => [
    ...memoryOf(reading, small),
    startOf(reading),
    costOf(reading, small),
  ]);
  return [startOf(small), ...grown];
}

function costOf(reading: Reading, small: Reading): Figure {
  const describe = ({ cost, rate }: Reading) => `${cost.toFixed(1)} µs CPU, ${perSecond(rate)}`;
  return {
    what: `cost of a message, ${reading.pending.toLocaleString('en')} pending`,
    seen: describe(reading),
    against: `${small.pending.toLocaleString('en')} pending: ${describe(small)}`,
    value: reading.cost / small.cost,
    unit: '×',
    target: { at: 'most', value: 1.2 },
  };
}

function memoryOf(reading: Reading, small: Reading): Figure[] {
  const describe = ({ startedMB, loadedMB }: Reading) =>
    `${startedMB.toFixed(0)} MB started, ${loadedMB.toFixed(0)} MB loaded`;
  const what = `memory, ${reading.pending.toLocaleString('en')} pending`;
  const against = `${small.pending.toLocaleString('en')} pending: ${describe(small)}`;
  const seen = describe(reading);
  const growth = Math.max(reading.startedMB / small.startedMB, reading.loadedMB / small.loadedMB);
  return [
    { what, seen, against, value: growth, unit: '×', target: { at: 'most', value: 1.2 } },
    {
      what: `${what}, RSS`,
      seen,
      against: 'nothing',
      value: Math.max(reading.startedMB, reading.loadedMB),
      unit: 'MB',
      target: { at: 'most', value: 200 },
    },
  ];
}

function startOf({ pending, startMs }: Reading): Figure {
  return {
    what: `start, ${pending.toLocaleString('en')} pending`,
    seen: 'process started to handshake accepted',
    against: 'nothing',
    value: startMs,
    unit: 'ms',
    target: { at: 'most', value: 1_000 },
  };
}

async function read(pending: number, seed: number): Promise<Reading> {
  using folder = new Folder();
  const path = folder.file('spool.db');
  fillSpool(path, { messages: pending, accounts: pending / PER_ACCOUNT });
  const server = new BenchServer();
  const port = await server.listen();
  const online = server.online();
  const began = performance.now();
  const daemon = new Child('daemon-process', { port, path });
  await online;
  const startMs = performance.now() - began;
  await quiet(server);
  const startedMB = (await daemon.memory()) / 2 ** 20;
  const reader = new Reader(path);
  const load = async (seed: number) => {
    const writes = inWrites(toOffline(new Random(seed), LOAD, ACCOUNTS, 'account').copies);
    const all = reader.counter('stored') + LOAD;
    const [cpu, began] = [await daemon.cpu(), performance.now()];
    await server.stream(writes);
    await reader.until('stored', value => value >= all);
    const took = performance.now() - began;
    return { cost: (((await daemon.cpu()) - cpu) * 1000) / LOAD, rate: (LOAD / took) * 1000 };
  };
  await load(seed);
  await sleep(1_000);
  const loadedMB = (await daemon.memory()) / 2 ** 20;
  const { cost, rate } = await load(seed + 1); // compiled by now
  reader.close();
  await daemon.stop();
  await server.close();
  return { pending, startMs, startedMB, loadedMB, cost, rate };
}

/** After a start the daemon asks the devices that are owed something whether they are online; waits until it has. */
async function quiet(server: BenchServer): Promise<void> {
  for (let pings = -1; pings !== server.pings; ) {
    pings = server.pings;
    await sleep(1_000);
  }
}
