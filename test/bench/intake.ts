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
import { betweenOnline, type Lot, lotsToOffline, mix, type Workload } from './workload.js';

/** Copies before the clock runs, so that both sides are compiled. */
const WARM_UP = 20_000;
/** After the logins so much time passes, in ms: past settle, and what they are asked then. */
const SETTLED = 3_000;

/** One of two that take in lots in turns. It stands still until it is told to go on. */
interface Side {
  pause(paused: boolean): void;
  /** @returns how many ms it took */
  take(lot: Lot, writes: readonly Buffer[]): Promise<number>;
  close(): Promise<void>;
}

/** Copies taken in, spooled and committed, against @xmpp/component merely parsing them. */
export async function measureIntake({ intake }: Sizes, seed: number): Promise<Figure[]> {
  const { accounts } = intake;
  const offline = { sessions: [], lots: lotsToOffline(new Random(seed), intake, accounts) };
  return [
    await compareWithBare('intake, offline users', offline),
    await compareWithBare('intake, realistic mix', mix(new Random(seed), intake, Math.min(accounts, 2_000))),
    await compareDevices(intake, seed),
  ];
}

async function compareWithBare(what: string, { sessions, lots }: Workload): Promise<Figure> {
  const [daemon, bare] = [await DaemonSide.open(sessions), await BareSide.open()];
  const rates = await inTurns(daemon, bare, twice(lots));
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
  const rates = await inTurns(many, single, together(three.lots, one.lots));
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

function* twice(lots: Iterable<Lot>): Generator<[Lot, Lot]> {
  for (const lot of lots) yield [lot, lot];
}

function* together(ones: Iterable<Lot>, others: Iterable<Lot>): Generator<[Lot, Lot]> {
  const rest = others[Symbol.iterator]();
  for (const one of ones) {
    const { value, done } = rest.next();
    if (done === true) return;
    yield [one, value];
  }
}

/** Lot by lot, first one side and then the other, so that both have the machine as it is at the moment. */
async function inTurns(
  one: Side,
  other: Side,
  lots: Iterable<[Lot, Lot]>,
): Promise<{ one: number; other: number; ratio: number }> {
  const turn = async (side: Side, lot: Lot) => {
    const writes = inWrites(lot.copies);
    side.pause(false);
    const took = await side.take(lot, writes);
    side.pause(true);
    return (lot.copies.length / took) * 1000;
  };
  const rates: [number, number][] = [];
  for (const side of [one, other]) side.pause(true);
  for (const [its, others] of lots) rates.push([await turn(one, its), await turn(other, others)]);
  for (const side of [one, other]) side.pause(false);
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
    const lot = warmUp(WARM_UP);
    await side.take(lot, inWrites(lot.copies));
    return side;
  }

  async take({ copies }: Lot, writes: readonly Buffer[]): Promise<number> {
    await this.#child.ask({ do: 'count', until: copies.length }, 'counting');
    const counted = this.#child.hear('counted');
    const began = performance.now();
    await this.#server.stream(writes);
    await counted;
    return performance.now() - began;
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
  #copies = 0;
  /** What the spool has to have stored. */
  #stored = 0;
  /** What had been before the first lot; `cpu` in ms. */
  #before = { copies: 0, cpu: 0, pings: 0 };

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
    const lot = warmUp(WARM_UP);
    await side.take(lot, inWrites(lot.copies));
    if (sessions.length > 0) await sleep(SETTLED);
    side.#before = { copies: side.#copies, cpu: await child.cpu(), pings: server.pings };
    return side;
  }

  async take({ copies, stored }: Lot, writes: readonly Buffer[]): Promise<number> {
    const began = performance.now();
    this.#copies += copies.length;
    this.#stored += stored;
    await this.#server.stream(writes);
    await this.#reader.until('stored', value => value >= this.#stored);
    return performance.now() - began;
  }

  pause(paused: boolean): void {
    this.#child.pause(paused);
  }

  /** What the lots cost. @throws Error where the spool has not stored what it should have */
  async describe(): Promise<string> {
    const cpu = (await this.#child.cpu()) - this.#before.cpu;
    await sleep(100);
    const stored = this.#reader.counter('stored');
    if (stored !== this.#stored) throw new Error(`${stored} messages stored, expected ${this.#stored}`);
    const { copies, pings } = this.#before;
    return `${((cpu * 1000) / (this.#copies - copies)).toFixed(1)} µs CPU a copy, ${this.#server.pings - pings} pings`;
  }

  async close(): Promise<void> {
    this.#reader.close();
    await this.#child.stop();
    await this.#server.close();
    this.#folder[Symbol.dispose]();
  }
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
