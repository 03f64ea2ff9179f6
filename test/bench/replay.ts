import { Child } from './child.js';
import { type Figure, median, perSecond } from './figure.js';
import { deviceOf, fillSpool } from './fill.js';
import { Folder } from './folder.js';
import { Random } from './random.js';
import { Reader } from './reader.js';
import { BenchServer } from './server.js';
import type { Sizes } from './sizes.js';
import { copyOf, presence } from './stanzas.js';

/**
 * Replay with proofs to one client, against a bare component that writes the same stanzas to the same server's end. The
 * target is for what goes through ejabberd; this shows how much is left above ejabberd's own ceiling.
 */
export async function measureReplay({ replay: { messages, rounds } }: Sizes): Promise<Figure[]> {
  const [bare, daemon]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    bare.push(await bareRun(messages));
    daemon.push(await daemonRun(messages));
  }
  return [
    {
      what: 'replay with proofs, no ejabberd',
      seen: `${perSecond(median(daemon))}, to the last proof committed`,
      against: `bare component ${perSecond(median(bare))}`,
      value: median(daemon.map((rate, round) => rate / (bare[round] ?? Number.NaN))),
      unit: '×',
    },
  ];
}

/** When the first message came, and when all had come. */
function timesOf(server: BenchServer, messages: number): { first: Promise<number>; all: Promise<number> } {
  let [came, isFirst, isAll]: [number, (at: number) => void, (at: number) => void] = [
    0,
    () => undefined,
    () => undefined,
  ];
  const first = new Promise<number>(resolve => {
    isFirst = resolve;
  });
  const all = new Promise<number>(resolve => {
    isAll = resolve;
  });
  server.onMessages = count => {
    if (came === 0) isFirst(performance.now());
    came += count;
    if (came >= messages) isAll(performance.now());
  };
  return { first, all };
}

async function bareRun(messages: number): Promise<number> {
  const server = new BenchServer();
  const { first, all } = timesOf(server, messages);
  const port = await server.listen();
  const bare = new Child('bare-process', { port, write: messages, to: deviceOf(0) });
  const took = -(await first) + (await all);
  await bare.stop();
  await server.close();
  return (messages / took) * 1000;
}

async function daemonRun(messages: number): Promise<number> {
  using folder = new Folder();
  const path = folder.file('spool.db');
  fillSpool(path, { messages, accounts: 1 });
  const server = new BenchServer();
  const { first } = timesOf(server, messages);
  const port = await server.listen();
  const online = server.online();
  const daemon = new Child('daemon-process', { port, path, settle: 300 });
  await online;
  const device = deviceOf(0);
  server.there.add(device);
  const reader = new Reader(path);
  server.send(copyOf(presence(device, device.slice(0, device.indexOf('/'))), new Random(5).hex()));
  const began = await first;
  await reader.until('pending', value => value === 0);
  const took = performance.now() - began;
  if (server.messages !== messages) throw new Error(`${server.messages} replayed, expected ${messages}`);
  reader.close();
  await daemon.stop();
  await server.close();
  return (messages / took) * 1000;
}
