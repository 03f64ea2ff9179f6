import { Batch } from '../../src/spool/batch.js';
import { entriesOf } from '../../src/spool/batch-entries.js';
import type { Command } from '../../src/spool/command.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { Tap } from '../../src/tap/tap.js';
import { StreamParser } from '../../src/xmpp/parser.js';
import { Way } from '../way.js';
import type { Figure } from './figure.js';
import { Folder } from './folder.js';
import { DOMAIN, HOST } from './names.js';
import { Random } from './random.js';
import type { Sizes } from './sizes.js';
import { copyOf, presence } from './stanzas.js';
import { lotsToOffline, mix, type Workload } from './workload.js';

/** The steps of a copy's way; `pings`: what asks for its proof, with the copies of that and the answers. */
const STEPS = ['parse', 'tap', 'attribution', 'decision', 'pings', 'pack', 'commit'] as const;
type Step = (typeof STEPS)[number];

/** So many copies take a step together, which are as many ms apart as they are at 25 000 a second. */
const GROUP = { copies: 100, ms: 4 };
/** So many entries are committed together, as by a daemon that has plenty to do. */
const COMMITTED = 4_000;
/** Where the pings of a way are copied. */
const VHOST = 'alpha.test';
/** Accounts online in the mix. */
const ACCOUNTS = 1_000;

/** What each step of a copy's way costs, for itself: one thread takes them one by one, where the daemon has two. */
export async function measureSteps({ intake }: Sizes, seed: number): Promise<Figure[]> {
  const extent = { lots: 3, copies: intake.copies };
  const offline = { sessions: [], lots: lotsToOffline(new Random(seed), extent, intake.accounts) };
  return [
    await figureOf('steps of a copy, offline users', offline),
    await figureOf('steps of a copy, realistic mix', mix(new Random(seed), extent, ACCOUNTS)),
  ];
}

async function figureOf(what: string, { sessions, lots }: Workload): Promise<Figure> {
  using line = new Line();
  await line.take(sessions.map(session => copyOf(presence(session, bare(session)), session)));
  const [first, ...rest] = [...lots];
  await line.take(first?.copies ?? []); // the code is compiled by then
  line.begin();
  for (const { copies } of rest) await line.take(copies);
  const spent = line.spent();
  spent.decision -= spent.attribution; // which is a part of it
  const value = STEPS.reduce((sum, step) => sum + spent[step], 0);
  const seen = STEPS.map(step => `${step} ${spent[step].toFixed(1)}`).join(', ');
  return { what, seen: `${seen} µs`, against: 'nothing', value, unit: 'µs', lessIsBetter: true };
}

/** Takes copies through all steps, with a clock for each step. */
class Line {
  readonly #folder = new Folder();
  readonly #commands: Command[] = [];
  readonly #batch = new Batch();
  readonly #way = new Way({
    hosts: [HOST, VHOST],
    maxPerAccount: 1_000_000,
    db: openSpool(this.#folder.file('spool.db')),
    tell: command => void this.#commands.push(command),
  });
  readonly #tap = new Tap({ hosts: new Set([HOST]), domain: DOMAIN, peer: null });
  readonly #parser = new StreamParser('bytes');
  #read: Parameters<Tap['read']>[0][] = [];
  #ms = zero();
  #copies = 0;

  constructor() {
    const { presence } = this.#way;
    const take = presence.take.bind(presence);
    presence.take = (event, now) => this.#time('attribution', () => take(event, now));
    this.#parser.on('element', stanza => this.#read.push(stanza));
    const streams = 'http://etherx.jabber.org/streams';
    this.#parser.write(`<stream:stream xmlns='jabber:component:accept' xmlns:stream='${streams}'>`);
  }

  /** From here on it counts. */
  begin(): void {
    this.#ms = zero();
    this.#copies = 0;
  }

  async take(copies: readonly string[]): Promise<void> {
    for (let at = 0; at < copies.length; at += GROUP.copies) {
      await this.#takeGroup(copies.slice(at, at + GROUP.copies));
    }
    this.#commit();
  }

  /** In µs a copy. */
  spent(): Record<Step, number> {
    const each = STEPS.map(step => [step, (this.#ms[step] * 1_000) / this.#copies] as const);
    return Object.fromEntries(each) as Record<Step, number>;
  }

  [Symbol.dispose](): void {
    this.#way.db.close();
    this.#folder[Symbol.dispose]();
  }

  async #takeGroup(copies: readonly string[]): Promise<void> {
    const now = this.#way.clock.now();
    const bytes = Buffer.from(copies.join('')).toString('latin1'); // as the socket gives it
    this.#copies += copies.length;
    this.#time('parse', () => this.#parser.write(bytes));
    const stanzas = this.#read;
    this.#read = [];
    const events = this.#time('tap', () => stanzas.flatMap(stanza => this.#tap.read(stanza, now).events));
    this.#time('decision', () => {
      for (const event of events) this.#way.replay.take(event);
    });
    const began = performance.now();
    await this.#way.clock.pass(GROUP.ms);
    this.#ms.pings += performance.now() - began;
    this.#time('pack', () => {
      for (const command of this.#commands) this.#batch.add(command);
    });
    this.#commands.length = 0;
    if (this.#batch.count >= COMMITTED) this.#commit();
  }

  #commit(): void {
    this.#time('commit', () => this.#way.spool.apply(entriesOf(this.#batch.packed)));
    this.#batch.clear();
  }

  #time<T>(step: Step, what: () => T): T {
    const began = performance.now();
    const result = what();
    this.#ms[step] += performance.now() - began;
    return result;
  }
}

function zero(): Record<Step, number> {
  return { parse: 0, tap: 0, attribution: 0, decision: 0, pings: 0, pack: 0, commit: 0 };
}

function bare(jid: string): string {
  return jid.slice(0, jid.indexOf('/'));
}
