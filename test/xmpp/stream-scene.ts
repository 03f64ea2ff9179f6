import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Element } from '@xmpp/component';
import { Backoff } from '../../src/xmpp/backoff.js';
import { Stream } from '../../src/xmpp/stream.js';
import type { StreamOptions } from '../../src/xmpp/stream-options.js';
import { nextEvent } from '../wait.js';
import { FakeServer } from './fake-server.js';

export const DOMAIN = 'respool.example.org';
export const message = (id: string, body: string) =>
  `<message from='a@example.org' to='${DOMAIN}' id='${id}'><body>${body}</body></message>`;
export const bodyOf = (element: Element) => element.getChildText('body');

export let server: FakeServer;
export let streams: Stream[];
const unhandled: unknown[] = [];
process.on('unhandledRejection', reason => unhandled.push(reason));

beforeEach(async () => {
  streams = [];
  server = new FakeServer();
  await server.start();
});
afterEach(async () => {
  await Promise.all(streams.map(stream => stream.stop()));
  await server.stop();
  await turn();
  assert.deepEqual(unhandled, []);
});

/** A stream to the fake server, with a back-off of next to nothing. */
export function open(options: Partial<StreamOptions> = {}): Stream {
  const backoff = new Backoff({ first: 2, least: 1, most: 5 });
  const stream = new Stream({
    host: '127.0.0.1',
    port: server.port,
    domain: DOMAIN,
    secret: 'secret',
    backoff,
    ...options,
  });
  streams.push(stream);
  stream.start();
  return stream;
}

export async function openOnline(options: Partial<StreamOptions> = {}): Promise<Stream> {
  const stream = open(options);
  await Promise.all([nextEvent(stream, 'online'), server.accept()]);
  return stream;
}

/** Lets the stream read what was written as a chunk of its own. */
export async function writeChunk(bytes: Uint8Array | string): Promise<void> {
  await server.write(bytes);
  for (let turns = 0; turns < 3; turns++) await turn();
}

export function stanzas(stream: Stream): Element[] {
  const seen: Element[] = [];
  stream.on('stanza', element => seen.push(element));
  return seen;
}
