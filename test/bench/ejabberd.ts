import { once } from 'node:events';
import { Client } from '../ejabberd/client.js';
import { type Ejabberd, startEjabberd } from '../ejabberd/server.js';
import { Child } from './child.js';
import { type Figure, median, perSecond } from './figure.js';
import { deviceOf, fillSpool } from './fill.js';
import { Folder } from './folder.js';
import { HOST } from './names.js';
import { Reader } from './reader.js';
import type { Sizes } from './sizes.js';

/** Of what is replayed, this part comes before the clock runs, so that both sides are compiled. */
const WARM_UP = 1 / 3;

/** Replay with proofs through a throw-away ejabberd to one client, against a bare component's writing of the same. */
export async function measureReplayThroughEjabberd({
  replay: { messages, rounds },
}: Sizes): Promise<Figure[]> {
  await using server = await startEjabberd({ hosts: [HOST] });
  await server.register('account0');
  const bare = [await bareRun(server, messages)];
  const daemon: number[] = [];
  for (let round = 0; round < rounds; round++) {
    daemon.push(await daemonRun(server, messages));
    bare.push(await bareRun(server, messages));
  }
  // each against the bare runs right before and after it, for the machine is not the same from one second to the next
  const ratios = daemon.map((rate, round) => (2 * rate) / sum(bare.slice(round, round + 2)));
  return [
    {
      what: 'replay with proofs, through ejabberd',
      seen: `${perSecond(median(daemon))}, to the last proof committed`,
      against: `bare component ${perSecond(median(bare))}`,
      value: median(ratios),
      unit: '×',
      target: { at: 'least', value: 0.85 },
    },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

async function bareRun(server: Ejabberd, messages: number): Promise<number> {
  const client = await Client.at(server, deviceOf(0));
  await client.flush(); // the server has its presence
  const bare = new Child('bare-process', { port: server.componentPort, write: messages, to: deviceOf(0) });
  const clock = await startAfterWarmUp(client, messages);
  await received(client, messages);
  const rate = clock();
  await bare.stop();
  await client.close();
  return rate;
}

async function daemonRun(server: Ejabberd, messages: number): Promise<number> {
  using folder = new Folder();
  const path = folder.file('spool.db');
  fillSpool(path, { messages, accounts: 1, recognisable: true });
  const daemon = new Child('daemon-process', { port: server.componentPort, path, settle: 300 });
  await daemon.memory(); // it answers once it has started
  const reader = new Reader(path);
  await reader.until('connected', value => value === 1);
  const client = await Client.at(server, deviceOf(0));
  const clock = await startAfterWarmUp(client, messages);
  await reader.until('pending', value => value === 0);
  const rate = clock();
  if (client.messages.length !== messages)
    throw new Error(`${client.messages.length} came, expected ${messages}`);
  if (reader.counter('stored') !== messages) throw new Error('replays were stored again');
  reader.close();
  await client.close();
  await daemon.stop();
  return rate;
}

/** Starts the clock once both sides are warm. @returns what stops it, and tells how many came a second */
async function startAfterWarmUp(client: Client, messages: number): Promise<() => number> {
  await received(client, Math.ceil(messages * WARM_UP));
  const [began, left] = [performance.now(), messages - client.messages.length];
  return () => (left / (performance.now() - began)) * 1000;
}

async function received(client: Client, messages: number): Promise<void> {
  while (client.messages.length < messages) await once(client, 'message');
}
