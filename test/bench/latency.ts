import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { type Figure, median } from './figure.js';
import { deviceOf, fillSpool } from './fill.js';
import { Folder } from './folder.js';
import { Random } from './random.js';
import { BenchServer } from './server.js';
import { PER_ACCOUNT } from './size.js';
import type { Sizes } from './sizes.js';
import { copyOf, presence } from './stanzas.js';

/** Devices that come back, one after the other. */
const DEVICES = 10;
const SETTLE = 300;

/** From presence to the first replayed message, beyond settle, against the number of messages in the spool. */
export async function measureLatency(sizes: Sizes): Promise<Figure[]> {
  const figures: Figure[] = [];
  let smallest: number | undefined;
  for (const messages of sizes.spools) {
    const beyond = await read(messages);
    const middle = median(beyond);
    smallest ??= middle;
    figures.push({
      what: `presence to replay, ${messages.toLocaleString('en')} in the spool`,
      seen: `beyond settle, of ${beyond.length} devices: median ${middle.toFixed(1)} ms, worst below`,
      against: `${(middle / smallest).toFixed(2)}× the smallest spool's median`,
      value: Math.max(...beyond),
      unit: 'ms',
      target: { at: 'most', value: 50 },
    });
  }
  return figures;
}

async function read(messages: number): Promise<number[]> {
  using folder = new Folder();
  const path = folder.file('spool.db');
  fillSpool(path, { messages, accounts: Math.max(DEVICES, messages / PER_ACCOUNT) });
  const server = new BenchServer();
  const port = await server.listen();
  const online = server.online();
  const daemon = new Child('daemon-process', { port, path, settle: SETTLE });
  await online;
  for (let pings = -1; pings !== server.pings; ) {
    pings = server.pings;
    await sleep(500); // what the daemon asks after a start is not what is measured
  }
  const random = new Random(4);
  const beyond: number[] = [];
  for (let account = 0; account < DEVICES; account++) {
    const device = deviceOf(account);
    server.there.add(device);
    const first = new Promise<number>(resolve => {
      server.onMessages = () => {
        server.onMessages = null;
        resolve(performance.now());
      };
    });
    const began = performance.now();
    server.send(copyOf(presence(device, device.slice(0, device.indexOf('/'))), random.hex()));
    beyond.push((await first) - began - SETTLE);
    await sleep(100); // the rest of its messages
  }
  await daemon.stop();
  await server.close();
  return beyond;
}
