import { once } from 'node:events';
import { Client } from '../ejabberd/client.js';
import { startEjabberd } from '../ejabberd/server.js';
import { Child } from './child.js';
import { type Figure, perSecond } from './figure.js';
import { deviceOf, fillSpool } from './fill.js';
import { Folder } from './folder.js';
import { HOST } from './names.js';
import { Prosody } from './prosody.js';
import { Reader } from './reader.js';
import type { Sizes } from './sizes.js';

const DEVICE = deviceOf(0);
const ACCOUNT = DEVICE.slice(0, DEVICE.indexOf('@'));
const WRITER = 'writer';

interface Server {
  ip: string;
  c2sPort: number;
  host: string;
}

/** Messages a second, from the first that came to the last. */
interface Rates {
  store: number;
  give: number;
}

/**
 * The offline stores of ejabberd and Prosody: the same messages stored for one user who is away, and given to him when he
 * comes. They delete as they give; respool, through the same ejabberd, waits for proof.
 */
export async function measurePeers({ peers: { messages } }: Sizes): Promise<Figure[]> {
  const figures: Figure[] = [];
  await using ejabberd = await startEjabberd({ hosts: [HOST] });
  await ejabberd.register(WRITER, ACCOUNT);
  const own = await offlineStore(ejabberd, messages);
  const respool = await replayed(ejabberd.componentPort, ejabberd, messages);
  const against = (name: string, { store, give }: Rates): Figure => ({
    what: `${messages.toLocaleString('en')} to one user, ${name}`,
    seen: `respool replays ${perSecond(respool)}, each proved and committed`,
    against: `${name} floods ${perSecond(give)} without proof (and stores ${perSecond(store)})`,
    value: respool / give,
    unit: '×',
  });
  figures.push(against("ejabberd's mod_offline", own));
  await using prosody = await Prosody.start(WRITER, ACCOUNT);
  if (prosody === undefined) process.stdout.write('prosody is not installed, so it is not compared with\n');
  else figures.push(against("Prosody's mod_offline", await offlineStore(prosody, messages)));
  return figures;
}

async function offlineStore(server: Server, messages: number): Promise<Rates> {
  const writer = await Client.at(server, `${WRITER}@${HOST}/desk`);
  const began = performance.now();
  for (let number = 0; number < messages; number++) {
    writer.message(`${ACCOUNT}@${HOST}`, `message ${number}`, { id: `m-${number}` });
    if (number % 500 === 499) await writer.flush(); // it goes through the same process, so they have been routed
  }
  await writer.flush();
  const stored = performance.now() - began;
  const reader = await Client.at(server, DEVICE, { presence: false });
  const first = once(reader, 'message').then(() => performance.now());
  reader.presence();
  while (reader.messages.length < messages) await once(reader, 'message');
  const given = performance.now() - (await first);
  await reader.close();
  await writer.close();
  return { store: (messages / stored) * 1000, give: (messages / given) * 1000 };
}

async function replayed(port: number, server: Server, messages: number): Promise<number> {
  using folder = new Folder();
  const path = folder.file('spool.db');
  fillSpool(path, { messages, accounts: 1, recognisable: true });
  const daemon = new Child('daemon-process', { port, path, settle: 300 });
  await daemon.memory(); // it answers once it has started
  const reader = new Reader(path);
  await reader.until('connected', value => value === 1);
  const client = await Client.at(server, DEVICE);
  const first = once(client, 'message').then(() => performance.now());
  await reader.until('pending', value => value === 0);
  const took = performance.now() - (await first);
  reader.close();
  await client.close();
  await daemon.stop();
  return (messages / took) * 1000;
}
