import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Client } from '../ejabberd/client.js';
import { type Ejabberd, type EjabberdOptions, startEjabberd } from '../ejabberd/server.js';
import { Child } from './child.js';
import type { DaemonSettings } from './daemon-process.js';
import { type Figure, median, perSecond } from './figure.js';
import { Folder } from './folder.js';
import { DOMAIN, HOST, OTHER } from './names.js';
import { Reader } from './reader.js';
import type { Sizes } from './sizes.js';

/** Of one run between two clients. CPU is what a process took of all cores, in µs a message. */
interface Run {
  /** Messages a second. */
  rate: number;
  ejabberd: number;
  /** Of each component that is attached. */
  components: number[];
  /** By the first of them, in bytes a message. */
  written: number;
}

/** Who is attached to ejabberd; `bare` throws the copies away, so that it shows what the copies alone cost. */
const ATTACHED: Record<'nobody' | 'bare' | 'respool' | 'two', (server: Ejabberd) => Promise<Attached>> = {
  nobody: async server => {
    await server.reload({ component: false, modules: {} });
    return { children: [], end: async () => undefined };
  },
  async bare(server) {
    await server.reload(loggers(DOMAIN));
    return attached([new Child('bare-process', { port: server.componentPort })]);
  },
  async respool(server) {
    await server.reload(loggers(DOMAIN));
    return attached([], [await daemon({ port: server.componentPort })]);
  },
  async two(server) {
    await server.reload(loggers(DOMAIN, OTHER));
    const first = await daemon({ port: server.componentPort, peer: OTHER });
    return attached([], [first, await daemon({ port: server.otherPort, domain: OTHER, peer: DOMAIN })]);
  },
};

interface Attached {
  children: Child[];
  end(): Promise<void>;
}

interface Daemon {
  child: Child;
  folder: Folder;
}

/** What attaching costs: messages between two clients, without respool, with a component that only reads, with one, with two. */
export async function measureCost({ cost: { messages, rounds } }: Sizes): Promise<Figure[]> {
  await using server = await startEjabberd({ hosts: [HOST], component: false });
  await server.register('alice', 'bob');
  const runs = { nobody: [] as Run[], bare: [] as Run[], respool: [] as Run[], two: [] as Run[] };
  for (let round = 0; round < rounds; round++) {
    for (const [who, attach] of Object.entries(ATTACHED)) {
      const { children, end } = await attach(server);
      runs[who as keyof typeof runs].push(await run(server, children, messages));
      await end();
    }
  }
  return figures(runs);
}

function figures({ nobody, bare, respool, two }: Record<keyof typeof ATTACHED, Run[]>): Figure[] {
  const of = (all: readonly Run[], what: (run: Run) => number) => median(all.map(what));
  const rate = (all: readonly Run[]) => of(all, one => one.rate);
  const ejabberd = (all: readonly Run[]) => of(all, one => one.ejabberd);
  const own = (all: readonly Run[], nth: number) => of(all, one => one.components[nth] ?? 0);
  const micros = (value: number) => `${value.toFixed(0)} µs`;
  const through = (what: string, all: readonly Run[], against: string, others: readonly Run[]) => ({
    what: `messages through ejabberd, ${what}`,
    seen: `${perSecond(rate(all))} between two clients`,
    against: `${against} ${perSecond(rate(others))}`,
    value: rate(all) / rate(others),
    unit: '×' as const,
  });
  const work = (what: string, all: readonly Run[], against: string, others: readonly Run[]) => ({
    what: `CPU of ejabberd a message, ${what}`,
    seen: micros(ejabberd(all)),
    against: `${against} ${micros(ejabberd(others))}`,
    value: ejabberd(all) / ejabberd(others),
    unit: '×' as const,
    lessIsBetter: true,
  });
  return [
    through('a bare component', bare, 'without', nobody),
    through('attached', respool, 'without', nobody),
    {
      ...through('attached, of a bare component', respool, 'bare component', bare),
      target: { at: 'least' as const, value: 0.9 },
    },
    through('with a standby', two, 'with one', respool),
    work('a bare component', bare, 'without', nobody),
    work('attached', respool, 'without', nobody),
    work('with a standby', two, 'with one', respool),
    {
      what: 'CPU of respool a message',
      seen: `of the one that acts, beside a standby: ${micros(own(two, 0))}; of the standby: ${micros(own(two, 1))}`,
      against: `bare component ${micros(own(bare, 0))}`,
      value: own(respool, 0),
      unit: 'µs',
      target: { at: 'most', value: 35 },
    },
    {
      what: 'bytes that respool writes a message',
      seen: 'between two clients that are online: it is stored, handed, proved and gone',
      against: 'nothing',
      value: of(respool, one => one.written),
      unit: '',
      lessIsBetter: true,
    },
  ];
}

function loggers(...domains: [string, string?]): Partial<EjabberdOptions> {
  const [, otherComponent] = domains;
  return {
    component: true,
    ...(otherComponent === undefined ? {} : { otherComponent }),
    modules: { mod_service_log: { loggers: domains } },
  };
}

async function daemon(settings: Omit<DaemonSettings, 'path'>): Promise<Daemon> {
  const folder = new Folder();
  const path = folder.file('spool.db');
  const child = new Child('daemon-process', { ...settings, path });
  // of two, that it acts, or has what the other one has; it answers once it has started
  if (settings.peer === undefined) await child.memory();
  else await child.hear('ready');
  const reader = new Reader(path);
  await reader.until('connected', value => value === 1);
  reader.close();
  return { child, folder };
}

function attached(bare: readonly Child[], daemons: readonly Daemon[] = []): Attached {
  const children = [...bare, ...daemons.map(({ child }) => child)];
  const end = async () => {
    for (const child of children.toReversed()) await child.stop();
    for (const { folder } of daemons) folder[Symbol.dispose]();
  };
  return { children, end };
}

async function run(server: Ejabberd, children: readonly Child[], messages: number): Promise<Run> {
  const alice = await Client.at(server, `alice@${HOST}/desk`);
  const bob = await Client.at(server, `bob@${HOST}/desk`);
  await Promise.all([alice.flush(), bob.flush()]);
  const used = () => Promise.all(children.map(child => child.used()));
  const [before, cpu, began] = [await used(), cpuOf(server.pid), performance.now()];
  for (let number = 0; number < messages; number++) {
    alice.message(`bob@${HOST}`, `message ${number}`);
    if (number % 200 === 199) await alice.flush();
  }
  while (bob.messages.length < messages) await once(bob, 'message');
  const took = performance.now() - began;
  const each = (ms: number) => (ms / messages) * 1000;
  const ejabberd = each(cpuOf(server.pid) - cpu);
  const after = await used();
  const components = after.map(({ cpu: ms }, nth) => each(ms - (before[nth]?.cpu ?? 0)));
  const written = ((after[0]?.written ?? 0) - (before[0]?.written ?? 0)) / messages;
  await Promise.all([alice.close(), bob.close()]);
  return { rate: (messages / took) * 1000, ejabberd, components, written };
}

/** User and system time of a process in ms, from proc(5): fields 14 and 15, in ticks of 10 ms. */
function cpuOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
