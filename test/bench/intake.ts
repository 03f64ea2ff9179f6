import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { type Figure, median, perSecond } from './figure.js';
import { Folder } from './folder.js';
import { HOST } from './names.js';
import { Random } from './random.js';
import { Reader } from './reader.js';
import { BenchServer, inWrites } from './server.js';
import type { Sizes } from './sizes.js';
import { chat, copyOf, presence } from './stanzas.js';
import { betweenOnline, mix, toOffline, type Workload } from './workload.js';

/** Copies before the clock runs, so that both sides are compiled. */
const WARM_UP = 20_000;
/** The reading of a run: workload copies a second, and what it cost the daemon. */
interface Run {
  rate: number;
  cpuMs: number;
  pings: number;
}

/** Copies taken in, spooled and committed, against @xmpp/component merely parsing them. */
export async function measureIntake(sizes: Sizes, seed: number): Promise<Figure[]> {
  const { copies, accounts, rounds } = sizes.intake;
  const online = Math.min(accounts, 2_000);
  return [
    await compare('intake, offline users', rounds, toOffline(new Random(seed), copies, accounts)),
    await compare('intake, realistic mix', rounds, mix(new Random(seed), copies, online)),
    await compareDevices(sizes, seed),
  ];
}

async function compareDevices(
  { devices: { copies, accounts, rounds } }: Sizes,
  seed: number,
): Promise<Figure> {
  const runs: Run[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const [index, devices] of [1, 3].entries()) {
      runs[index]?.push(await daemonRun(betweenOnline(new Random(seed), copies, accounts, devices)));
    }
  }
  const [one = [], three = []] = runs;
  return {
    what: `intake, ${accounts} accounts online`,
    seen: `3 devices each: ${describe(three)}`,
    against: `1 device each: ${describe(one)}`,
    value: median(three.map((run, round) => run.rate / (one[round]?.rate ?? Number.NaN))),
    unit: '×',
    target: { at: 'least', value: 0.8 },
  };
}

async function compare(what: string, rounds: number, workload: Workload): Promise<Figure> {
  const [daemon, bare]: [Run[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    bare.push(await bareRun(workload));
    daemon.push(await daemonRun(workload));
  }
  return {
    what,
    seen: describe(daemon),
    against: `bare parse ${perSecond(median(bare))}`,
    value: median(daemon.map(({ rate }, round) => rate / (bare[round] ?? Number.NaN))),
    unit: '×',
    target: { at: 'least', value: 0.5 },
  };
}

function describe(runs: readonly Run[]): string {
  const rate = perSecond(median(runs.map(run => run.rate)));
  return `${rate}, ${median(runs.map(run => run.cpuMs)).toFixed(1)} µs CPU a copy, ${median(runs.map(run => run.pings))} pings`;
}

async function bareRun({ copies }: Workload): Promise<number> {
  const server = new BenchServer();
  const connected = server.online();
  const bare = new Child('bare-process', { port: await server.listen() });
  await connected;
  const warmUp = copies.slice(0, WARM_UP);
  const warm = bare.ask({ do: 'count', until: warmUp.length }, 'counted');
  await sleep(200); // the question goes another way than the stanzas
  await server.stream(inWrites(warmUp));
  await warm;
  const writes = inWrites(copies);
  const counted = bare.ask({ do: 'count', until: copies.length }, 'counted');
  await sleep(200);
  const began = performance.now();
  await server.stream(writes);
  await counted;
  const took = performance.now() - began;
  await bare.stop();
  await server.close();
  return (copies.length / took) * 1000;
}

async function daemonRun({ copies, sessions, stored }: Workload): Promise<Run> {
  using folder = new Folder();
  const server = new BenchServer();
  const connected = server.online();
  const path = folder.file('spool.db');
  const daemon = new Child('daemon-process', { port: await server.listen(), path });
  await connected;
  const reader = new Reader(path);
  await logIn(server, sessions);
  await server.stream(inWrites(warmUp(WARM_UP)));
  await reader.until('stored', value => value === WARM_UP);
  if (sessions.length > 0) await sleep(3_000); // past settle, and what the logins are asked then
  const writes = inWrites(copies);
  const pings = server.pings;
  const cpu = await daemon.cpu();
  const began = performance.now();
  await server.stream(writes);
  await reader.until('stored', value => value >= WARM_UP + stored);
  const took = performance.now() - began;
  const cpuMs = ((await daemon.cpu()) - cpu) * 1000;
  const result = {
    rate: (copies.length / took) * 1000,
    cpuMs: cpuMs / copies.length,
    pings: server.pings - pings,
  };
  await sleep(100);
  if (reader.counter('stored') !== WARM_UP + stored) {
    throw new Error(`${reader.counter('stored') - WARM_UP} messages stored, expected ${stored}`);
  }
  reader.close();
  await daemon.stop();
  await server.close();
  return result;
}

async function logIn(server: BenchServer, sessions: readonly string[]): Promise<void> {
  const random = new Random(2);
  const logins = sessions.map(session => {
    server.there.add(session);
    return copyOf(presence(session, session.slice(0, session.indexOf('/'))), random.hex());
  });
  await server.stream(inWrites(logins));
}

/** Messages to accounts that the workload does not use. */
function warmUp(count: number): string[] {
  const random = new Random(3);
  return Array.from({ length: count }, (_, number) => {
    const [from, to] = [`early${number % 100}@${HOST}/desk`, `before${number % 1000}@${HOST}`];
    return copyOf(chat(from, to, random.hex(), 'Good morning'), random.hex());
  });
}
