import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Client } from '../ejabberd/client.js';
import { type Ejabberd, startEjabberd } from '../ejabberd/server.js';
import { Child } from './child.js';
import { type Figure, median, perSecond } from './figure.js';
import { Folder } from './folder.js';
import { HOST } from './names.js';
import { Reader } from './reader.js';
import type { Sizes } from './sizes.js';

/** Of one run between two clients. */
interface Run {
  rate: number;
  /** What ejabberd's process took of all cores, in µs a message. */
  cpu: number;
}

/** What attaching costs ejabberd: messages between two clients, with and without mod_service_log and respool. */
export async function measureCost({ cost: { messages, rounds } }: Sizes): Promise<Figure[]> {
  await using server = await startEjabberd({ hosts: [HOST], component: false });
  await server.register('alice', 'bob');
  const [without, attached]: [Run[], Run[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    without.push(await run(server, messages));
    using folder = new Folder();
    const path = folder.file('spool.db');
    await server.reload({ component: true });
    const daemon = new Child('daemon-process', { port: server.componentPort, path });
    await daemon.memory(); // it answers once it has started
    const reader = new Reader(path);
    await reader.until('connected', value => value === 1);
    attached.push(await run(server, messages));
    reader.close();
    await daemon.stop();
    await server.reload({ component: false });
  }
  const of = (runs: readonly Run[], what: keyof Run) => median(runs.map(one => one[what]));
  const [before, after] = [of(without, 'rate'), of(attached, 'rate')];
  const [cpuBefore, cpuAfter] = [of(without, 'cpu'), of(attached, 'cpu')];
  return [
    {
      what: 'messages through ejabberd, attached',
      seen: `${perSecond(after)} between two clients`,
      against: `without ${perSecond(before)}`,
      value: after / before,
      unit: '×',
    },
    {
      what: 'CPU of ejabberd a message, attached',
      seen: `${cpuAfter.toFixed(0)} µs`,
      against: `without ${cpuBefore.toFixed(0)} µs`,
      value: cpuAfter / cpuBefore,
      unit: '×',
      lessIsBetter: true,
    },
  ];
}

async function run(server: Ejabberd, messages: number): Promise<Run> {
  const alice = await Client.at(server, `alice@${HOST}/desk`);
  const bob = await Client.at(server, `bob@${HOST}/desk`);
  await Promise.all([alice.flush(), bob.flush()]);
  const [began, cpu] = [performance.now(), cpuOf(server.pid)];
  for (let number = 0; number < messages; number++) {
    alice.message(`bob@${HOST}`, `message ${number}`);
    if (number % 200 === 199) await alice.flush();
  }
  while (bob.messages.length < messages) await once(bob, 'message');
  const [took, used] = [performance.now() - began, cpuOf(server.pid) - cpu];
  await Promise.all([alice.close(), bob.close()]);
  return { rate: (messages / took) * 1000, cpu: (used / messages) * 1000 };
}

/** User and system time of a process in ms, from proc(5): fields 14 and 15, in ticks of 10 ms. */
function cpuOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
