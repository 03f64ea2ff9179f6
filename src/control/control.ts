import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { z } from 'zod';
import { describe } from '../xmpp/describe.js';
import { linesOf } from './lines.js';
import { type FromDaemon, type Handlers, REQUESTS } from './requests.js';

/** Longer lines are no requests; one may bring some messages to be stored. */
const LONGEST_LINE = 4 << 20;
/** While so many bytes wait for whoever follows, what comes for it is left out, and counted. */
const MOST_BUFFERED = 1 << 20;

/**
 * Answers requests, one JSON object a line, those of one connection one after another. The caller has the spool's lock,
 * so a socket that is there is a dead daemon's, and is replaced.
 * @returns ends it and removes the socket
 */
export async function serveControl(path: string, handlers: Handlers): Promise<() => Promise<void>> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    void serve(socket, handlers);
  });
  const mask = process.umask(0o177); // the socket is the owner's from its first moment
  try {
    server.listen(path);
    await once(server, 'listening');
  } finally {
    process.umask(mask);
  }
  return async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
}

async function serve(socket: Socket, handlers: Handlers): Promise<void> {
  try {
    for await (const line of linesOf(socket, LONGEST_LINE)) {
      await answer(line, handlers, socket).catch(error => say(socket, { error: describe(error) }));
    }
  } catch (error) {
    say(socket, { error: describe(error) }); // or whoever asked has gone, and hears nothing
    socket.destroySoon();
  }
}

async function answer(line: string, handlers: Handlers, socket: Socket): Promise<void> {
  const { name, takes } = readRequest(line);
  if (!REQUESTS[name].streams) {
    const handle = handlers[name] as (takes: unknown) => Promise<unknown>;
    say(socket, { reply: await handle(takes) });
    return;
  }
  const follow = handlers[name] as unknown as (takes: unknown, give: (item: unknown) => void) => () => void;
  let missed = 0;
  const tellMissed = () => {
    if (missed > 0) say(socket, { missed });
    missed = 0;
  };
  say(socket, { following: true });
  const end = follow(takes, item => {
    if (socket.writableLength > MOST_BUFFERED) missed++;
    else {
      tellMissed();
      say(socket, { item });
    }
  });
  socket.on('drain', tellMissed);
  if (socket.destroyed) end();
  else socket.once('close', end);
}

function say(socket: Socket, line: FromDaemon): void {
  if (!socket.destroyed && socket.writable) socket.write(`${JSON.stringify(line)}\n`);
}

/** @throws Error that says what is wrong with it */
function readRequest(line: string): { name: keyof typeof REQUESTS; takes: unknown } {
  const { ask, ...rest } = parsed(line);
  if (typeof ask !== 'string' || !Object.hasOwn(REQUESTS, ask)) {
    throw new Error('this is not a request that this respool knows');
  }
  const name = ask as keyof typeof REQUESTS;
  const read: z.ZodSafeParseResult<unknown> = REQUESTS[name].takes.safeParse(rest);
  if (read.success) return { name, takes: read.data };
  const [issue] = read.error.issues;
  throw new Error(`${name}: ${issue?.path.join('.')}: ${issue?.message}`);
}

function parsed(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {}; // no JSON, so no request
  }
}
