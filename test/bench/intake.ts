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
import { betweenOnline, type Lot, mix, toOffline, type Workload } from './workload.js';

/** Copies before the clock runs, so that both sides are compiled. */
const WARM_UP = 20_000;
/** After the logins so much time passes, in ms: past settle, and what they are asked then. */
const SETTLED = 3_000;

/** One of two that take in the same lots. */
interface Side {
  /** @returns copies a second */
  take(lot: Lot): Promise<number>;
  /** Has it stand still while the other has its turn, or go on. */
  pause(paused: boolean): void;
  close(): Promise<void>;
}

/** Copies taken in, spooled and committed, against @xmpp/component merely parsing them. */
export async function measureIntake({ intake }: Sizes, seed: number): Promise<Figure[]> {
  const { lots, copies, accounts } = intake;
  const online = Math.min(accounts, 2_000);
  const random = new Random(seed);
  const offline = Array.from({ length: lots }, () => toOffline(random, copies, accounts));
  return [
    await compareWithBare('intake, offline users', { sessions: [], lots: offline }),
    await compareWithBare('intake, realistic mix', mix(new Random(seed), intake, online)),
    await compareDevices(intake, seed),
  ];
}

async function compareWithBare(what: string, workload: Workload): Promise<Figure> {
  const [daemon, bare] = [await DaemonSide.open(workload.sessions), await BareSide.open()];
  const rates = await inTurns([daemon, workload.lots], [bare, workload.lots]);
  const figure: Figure = {
    what,
    seen: `${perSecond(rates.one)}, ${await daemon.describe()}`,
    against: `bare parse ${perSecond(rates.other)}`,
    value: rates.ratio,
    unit: '×',
    target: { at: 'least', value: 0.5 },
  };
  await daemon.close();
  await bare.close();
  return figure;
}

async function compareDevices(extent: Sizes['intake'], seed: number): Promise<Figure> {
  const workloadOf = (devices: number) => betweenOnline(new Random(seed), extent, extent.accounts, devices);
  const [three, one] = [workloadOf(3), workloadOf(1)];
  const [many, single] = [await DaemonSide.open(three.sessions), await DaemonSide.open(one.sessions)];
  const rates = await inTurns([many, three.lots], [single, one.lots]);
  const figure: Figure = {
    what: `intake, ${extent.accounts} accounts online`,
    seen: `3 devices each: ${perSecond(rates.one)}, ${await many.describe()}`,
    against: `1 device each: ${perSecond(rates.other)}, ${await single.describe()}`,
    value: rates.ratio,
    unit: '×',
    target: { at: 'least', value: 0.8 },
  };
  await many.close();
  await single.close();
  return figure;
}

/** Lot by lot, first one side and then the other, so that both have the machine as it is at the moment. */
async function inTurns(
  [one, its]: [Side, readonly Lot[]],
  [other, others]: [Side, readonly Lot[]],
): Promise<{ one: number; other: number; ratio: number }> {
  const turn = async (side: Side, lot: Lot, still: Side) => {
    still.pause(true);
    const rate = await side.take(lot);
    still.pause(false);
    return rate;
  };
  const rates: [number, number][] = [];
  for (const [index, lot] of its.entries()) {
    rates.push([await turn(one, lot, other), await turn(other, others[index] as Lot, one)]);
  }
  return {
    one: median(rates.map(([rate]) => rate)),
    other: median(rates.map(([, rate]) => rate)),
    ratio: median(rates.map(([rate, against]) => rate / against)),
  };
}

class BareSide implements Side {
  readonly #server: BenchServer;
  readonly #child: Child;

  private constructor(server: BenchServer, child: Child) {
    this.#server = server;
    this.#child = child;
  }

  static async open(): Promise<BareSide> {
    const server = new BenchServer();
    const connected = server.online();
    const side = new BareSide(server, new Child('bare-process', { port: await server.listen() }));
    await connected;
    await side.take(warmUp(WARM_UP));
    return side;
  }

  async take({ copies }: Lot): Promise<number> {
    await this.#child.ask({ do: 'count', until: copies.length }, 'counting');
    const counted = this.#child.hear('counted');
    return rateOf(copies, async writes => {
      await this.#server.stream(writes);
      await counted;
    });
  }

  pause(paused: boolean): void {
    this.#child.pause(paused);
  }

  async close(): Promise<void> {
    await this.#child.stop();
    await this.#server.close();
  }
}

class DaemonSide implements Side {
  readonly #server: BenchServer;
  readonly #child: Child;
  readonly #folder: Folder;
  readonly #reader: Reader;
  /** What the spool has to have stored. */
  #stored = 0;
  /** Of the lots: how many copies, what they cost in ms of CPU, and how many pings went out. */
  #copies = 0;
  #cpu = 0;
  #pings = 0;

  private constructor(server: BenchServer, child: Child, folder: Folder, reader: Reader) {
    this.#server = server;
    this.#child = child;
    this.#folder = folder;
    this.#reader = reader;
  }

  /** @param sessions that log in before the first lot */
  static async open(sessions: readonly string[]): Promise<DaemonSide> {
    const [server, folder] = [new BenchServer(), new Folder()];
    const connected = server.online();
    const path = folder.file('spool.db');
    const child = new Child('daemon-process', { port: await server.listen(), path });
    await connected;
    const side = new DaemonSide(server, child, folder, new Reader(path));
    await logIn(server, sessions);
    await side.#commit(warmUp(WARM_UP));
    if (sessions.length > 0) await sleep(SETTLED);
    return side;
  }

  async take(lot: Lot): Promise<number> {
    const [cpu, pings] = [await this.#child.cpu(), this.#server.pings];
    const rate = await this.#commit(lot);
    this.#cpu += (await this.#child.cpu()) - cpu;
    this.#pings += this.#server.pings - pings;
    this.#copies += lot.copies.length;
    return rate;
  }

  pause(paused: boolean): void {
    this.#child.pause(paused);
  }

  /** What the lots cost. @throws Error where the spool has not stored what it should have */
  async describe(): Promise<string> {
    await sleep(100);
    const stored = this.#reader.counter('stored');
    if (stored !== this.#stored) throw new Error(`${stored} messages stored, expected ${this.#stored}`);
    return `${((this.#cpu * 1000) / this.#copies).toFixed(1)} µs CPU a copy, ${this.#pings} pings`;
  }

  async close(): Promise<void> {
    this.#reader.close();
    await this.#child.stop();
    await this.#server.close();
    this.#folder[Symbol.dispose]();
  }

  #commit({ copies, stored }: Lot): Promise<number> {
    this.#stored += stored;
    return rateOf(copies, async writes => {
      await this.#server.stream(writes);
      await this.#reader.until('stored', value => value >= this.#stored);
    });
  }
}

async function rateOf(
  copies: readonly string[],
  take: (writes: readonly Buffer[]) => Promise<void>,
): Promise<number> {
  const writes = inWrites(copies);
  const began = performance.now();
  await take(writes);
  return (copies.length / (performance.now() - began)) * 1000;
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
function warmUp(count: number): Lot {
  const random = new Random(3);
  const copies = Array.from({ length: count }, (_, number) => {
    const [from, to] = [`early${number % 100}@${HOST}/desk`, `before${number % 1000}@${HOST}`];
    return copyOf(chat(from, to, random.hex(), 'Good morning'), random.hex());
  });
  return { copies, stored: count };
}
