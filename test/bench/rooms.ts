import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import type { Figure } from './figure.js';
import { Folder } from './folder.js';
import { HOST } from './names.js';
import { Random } from './random.js';
import { Reader } from './reader.js';
import { BenchServer, inWrites } from './server.js';
import type { Sizes } from './sizes.js';
import { copyOf, presence, roomJoin, roomMessage, roomSelfPresence } from './stanzas.js';
import { toOffline } from './workload.js';

const ROOM = `hall@conference.${HOST}`;
const RETURNING = 200;
const SAID = 100;
/** Copies to users who are away, taken in while the devices return, and once more for comparison. */
const MEANWHILE = 50_000;

/** One message to many occupants is one row; many devices that return at once get all, while copies are taken in. */
export async function measureRooms({ room: { occupants } }: Sizes, seed: number): Promise<Figure[]> {
  using folder = new Folder();
  const random = new Random(seed);
  const server = new BenchServer();
  const connected = server.online();
  const path = folder.file('spool.db');
  const daemon = new Child('daemon-process', { port: await server.listen(), path });
  await connected;
  const reader = new Reader(path);
  const send = (stanzas: string[]) => server.stream(inWrites(stanzas.map(one => copyOf(one, random.hex()))));
  const devices = Array.from({ length: occupants }, (_, number) => `occupant${number}@${HOST}/phone`);
  const come = (device: string) => {
    server.there.add(device);
    const nick = device.slice(0, device.indexOf('@'));
    return [
      presence(device, device.slice(0, device.indexOf('/'))),
      roomJoin(device, ROOM, nick),
      roomSelfPresence(device, ROOM, nick),
    ];
  };
  let messages = 0;
  const say = (to: readonly string[]) => {
    const number = ++messages;
    return to.map(device => roomMessage(`${ROOM}/occupant0`, device, number, ROOM));
  };

  await send(devices.flatMap(come));
  await sleep(3_000); // past settle
  const began = performance.now();
  await send(say(devices));
  await reader.until('delivered', value => value >= occupants);
  const proved = performance.now() - began;
  const rows = reader.counter('stored');

  const away = devices.slice(1, 1 + RETURNING);
  await send(
    away.map(device => {
      server.there.delete(device);
      return `<presence from='${device}' to='${device.slice(0, device.indexOf('/'))}' type='unavailable' xmlns='jabber:client'/>`;
    }),
  );
  const there = devices.filter(device => !away.includes(device));
  for (let said = 0; said < SAID; said++) await send(say(there));
  await reader.until('delivered', value => value >= occupants + SAID * there.length);

  const alone = await takeIn(server, reader, new Random(seed + 1));
  const returned = performance.now();
  await send(away.flatMap(come));
  const beside = await takeIn(server, reader, new Random(seed + 2));
  await reader.until('replayed', value => value >= RETURNING * SAID);
  const took = performance.now() - returned;
  await sleep(500);
  const replayed = reader.counter('replayed');
  reader.close();
  await daemon.stop();
  await server.close();
  return [
    {
      what: `a room of ${occupants.toLocaleString('en')}, one message`,
      seen: `rows stored; all have proved it after ${(proved / 1000).toFixed(1)} s`,
      against: `${occupants.toLocaleString('en')} copies`,
      value: rows,
      unit: '',
      target: { at: 'most', value: 1 },
    },
    {
      what: `${RETURNING} devices return to a room`,
      seen: `${replayed.toLocaleString('en')} of ${(RETURNING * SAID).toLocaleString('en')} replayed and proved after ${(took / 1000).toFixed(1)} s; intake meanwhile`,
      against: 'intake without it',
      value: beside / alone,
      unit: '×',
      target: { at: 'least', value: 0.5 },
    },
  ];
}

/** Copies a second, until they are committed. */
async function takeIn(server: BenchServer, reader: Reader, random: Random): Promise<number> {
  const { copies, stored } = toOffline(random, MEANWHILE, 1_000);
  const before = reader.counter('stored');
  const writes = inWrites(copies);
  const began = performance.now();
  await server.stream(writes);
  await reader.until('stored', value => value >= before + stored);
  return (copies.length / (performance.now() - began)) * 1000;
}
