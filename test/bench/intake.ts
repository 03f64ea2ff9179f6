import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { DaemonSide } from './daemon-side.js';
import { type Figure, perSecond } from './figure.js';
import { HOST } from './names.js';
import { Random } from './random.js';
import { BenchServer, inWrites } from './server.js';
import type { Sizes } from './sizes.js';
import { chat, copyOf, presence } from './stanzas.js';
import { inTurns, type Side, together, twice } from './turns.js';
import { betweenOnline, type Lot, lotsToOffline, mix, type Workload } from './workload.js';

/** Copies before the clock runs, so that both sides are compiled. */
const WARM_UP = 20_000;
const SETTLE = 500;
/** After the logins so much time passes, in ms: past settle, and what they are asked then. */
const SETTLED = 1_500;

/** Copies taken in, spooled and committed, against @xmpp/component merely parsing them. */
export async function measureIntake(sizes: Sizes, seed: number): Promise<Figure[]> {
  const { intake } = sizes;
  const { accounts } = intake;
  const offline = { sessions: [], lots: lotsToOffline(new Random(seed), intake, accounts) };
  return [
    ...(await compareWithBare('intake, offline users', offline, 0.6)),
    ...(await compareWithBare(
      'intake, realistic mix',
      mix(new Random(seed), intake, Math.min(accounts, 2_000)),
      0.7,
    )),
    await compareHistory(mix(new Random(seed), intake, Math.min(accounts, 2_000))),
    await compareDevices({ ...intake, lots: intake.lots * 2, copies: intake.copies / 4 }, seed),
    await compareAccounts(sizes, seed),
  ];
}

/** @param least the target, as a part of the copies that are merely parsed in the same time */
async function compareWithBare(what: string, { sessions, lots }: Workload, least: number): Promise<Figure[]> {
  const [daemon, bare] = [await daemonWith(sessions), await BareSide.open()];
  const rates = await inTurns(daemon, bare, twice(lots));
  const seen = await daemon.describe();
  const figures: Figure[] = [
    {
      what,
      seen: `${perSecond(rates.one)}, ${seen}`,
      against: `bare parse ${perSecond(rates.other)}`,
      value: rates.ratio,
      unit: '×',
      target: { at: 'least', value: least },
    },
    {
      what: `${what}, CPU of a copy`,
      seen,
      against: 'nothing',
      value: await daemon.cost(),
      unit: 'µs',
      target: { at: 'most', value: 18 },
    },
  ];
  await daemon.close();
  await bare.close();
  return figures;
}

/** What a copy costs where many are online, and where few are who get as many. */
async function compareAccounts({ intake, online }: Sizes, seed: number): Promise<Figure> {
  const [many, few] = [online.many, online.few].map(accounts =>
    betweenOnline(new Random(seed), intake, accounts, 1),
  ) as [Workload, Workload];
  const [crowd, village] = [await daemonWith(many.sessions), await daemonWith(few.sessions)];
  await inTurns(crowd, village, together(many.lots, few.lots));
  const [cost, against] = [await crowd.cost(), await village.cost()];
  const count = (accounts: number) => `${accounts.toLocaleString('en')} accounts online`;
  const figure: Figure = {
    what: `cost of a copy, ${count(online.many)}`,
    seen: await crowd.describe(),
    against: `${count(online.few)}: ${await village.describe()}`,
    value: cost / against,
    unit: '×',
    target: { at: 'most', value: 1.2 },
  };
  await crowd.close();
  await village.close();
  return figure;
}

async function compareHistory({ sessions, lots }: Workload): Promise<Figure> {
  const [kept, none] = [await daemonWith(sessions), await daemonWith(sessions, false)];
  const rates = await inTurns(kept, none, twice(lots));
  const figure: Figure = {
    what: 'intake, with a history',
    seen: `${perSecond(rates.one)}, ${await kept.describe()}`,
    against: `without: ${perSecond(rates.other)}, ${await none.describe()}`,
    value: rates.ratio,
    unit: '×',
    target: { at: 'least', value: 0.9 },
  };
  await kept.close();
  await none.close();
  return figure;
}

async function compareDevices(extent: Sizes['intake'], seed: number): Promise<Figure> {
  const workloadOf = (devices: number) => betweenOnline(new Random(seed), extent, extent.accounts, devices);
  const [three, one] = [workloadOf(3), workloadOf(1)];
  const [many, single] = [await daemonWith(three.sessions), await daemonWith(one.sessions)];
  const rates = await inTurns(many, single, together(three.lots, one.lots));
  const figure: Figure = {
    what: `intake, ${extent.accounts} accounts online`,
    seen: `3 devices each: ${perSecond(rates.one)}, ${await many.describe()}`,
    against: `1 device each: ${perSecond(rates.other)}, ${await single.describe()}`,
    value: rates.ratio,
    unit: '×',
    target: { at: 'least', value: 0.85 },
  };
  await many.close();
  await single.close();
  return figure;
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

  async take({ copies }: Lot, writes = inWrites(copies)): Promise<number> {
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

/** @param sessions that log in before the first lot */
async function daemonWith(sessions: readonly string[], history = true): Promise<DaemonSide> {
  const side = await DaemonSide.start({ settle: SETTLE, history });
  await logIn(side.server, sessions);
  await side.take(warmUp(WARM_UP));
  if (sessions.length > 0) await sleep(SETTLED);
  await side.begin();
  return side;
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
