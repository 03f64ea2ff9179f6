import type { Socket } from 'node:net';
import { type Component, component, type Element } from '@xmpp/component';
import { describe } from './describe.js';
import type { StreamParser } from './parser.js';
import { readingSocket } from './reading-socket.js';
import type { StreamOptions } from './stream-options.js';

export const STREAM = 'http://etherx.jabber.org/streams';

/**
 * The stream header, which a process that takes a stream over has not read. Its parser needs it for the namespace of the
 * stanzas.
 */
const HEADER = `<stream:stream xmlns='jabber:component:accept' xmlns:stream='${STREAM}'>`;

/** What happens to one attempt. */
export interface EntityHandlers {
  /** Its socket has read this, each byte as one character. */
  read(bytes: string): void;
  /** A child of the stream has come. */
  element(element: Element): void;
  /** It is over. */
  lost(reason: string): void;
}

/** Makes the library's end of one attempt, without what it does by itself. */
export function entityFor(
  { host, port, domain, secret, isBehind }: StreamOptions,
  parser: StreamParser,
  { read, element, lost }: EntityHandlers,
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
  entity._onElement = element;
  entity.on('error', error => lost(describe(error)));
  entity.on('close', () => lost('the server closed the stream'));
  entity.on('disconnect', () => lost('the server closed the connection'));
  return entity;
}

/**
 * Has it go on with a stream that another process has opened.
 * @param fd of the stream's socket @param read see EntityHandlers
 */
export function adoptInto(
  entity: Component,
  parser: StreamParser,
  { fd, read, isBehind }: Pick<EntityHandlers, 'read'> & { fd: number; isBehind: () => boolean },
): void {
  entity._attachSocket(readingSocket(read, isBehind, fd));
  entity._attachParser(parser);
  parser.write(HEADER);
}

/** It is over: its socket is cut, and nothing of it is told any more. @param late is given an error that comes all the same */
export function discard(entity: Component, late: (error: unknown) => void): void {
  entity.removeAllListeners();
  entity.on('error', late);
  entity.socket?.destroy();
}
