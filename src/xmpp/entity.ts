import type { Socket } from 'node:net';
import { type Component, component } from '@xmpp/component';
import type { StreamParser } from './parser.js';
import { readingSocket } from './reading-socket.js';
import type { StreamOptions } from './stream-options.js';

/**
 * Makes the library's end of one attempt, without what it does by itself.
 * @param read is given what its socket reads, each byte as one character
 */
export function entityFor(
  { host, port, domain, secret, isBehind }: StreamOptions,
  parser: StreamParser,
  read: (bytes: string) => void,
): Component {
  // The library hashes the low byte of each character; the hash is of the UTF-8 bytes.
  const password = Buffer.from(secret, 'utf8').toString('latin1');
  const entity = component({ service: `xmpp://${host}:${port}`, domain, password });
  entity.reconnect.stop(); // after a fixed second, for ever, whatever happened
  entity.removeAllListeners('element'); // its middleware, a third of the parse time
  entity.timeout = 0; // no time-outs of its own (2 s): the stream has them
  entity.socketParameters = () => ({ host, port }); // as they are: its URL parser breaks IPv6 addresses
  entity.Socket = function ReadingSocket() {
    return readingSocket(read, isBehind);
  } as unknown as new () => Socket;
  entity.Parser = function Parser() {
    return parser;
  } as unknown as new () => StreamParser;
  return entity;
}
