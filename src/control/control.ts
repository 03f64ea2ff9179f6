import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Vhost } from '../xmpp/vhosts.js';

/** What a command asks of a running daemon. */
export type Request =
  | { ask: 'forget-device'; account: string; resource: string }
  /** Does ejabberd serve the vhosts, and what does it run? */
  | { ask: 'vhosts' };

/** `done: false` where there was nothing to do. */
export type Reply = { done: boolean } | { vhosts: Vhost[] } | { error: string };

/** Longer lines are no requests. */
const LONGEST_LINE = 10_000;

/** Where the daemon on a spool listens: a Unix socket beside it, for the owner of the spool alone. */
export function controlPath(spoolPath: string): string {
  return `${spoolPath}.sock`;
}

/**
 * Answers requests, one JSON object a line. The caller has the spool's lock, so a socket that is there is a dead
 * daemon's, and is replaced.
 * @returns ends it and removes the socket
 */
export async function serveControl(
  path: string,
  answer: (request: Request) => Promise<Reply>,
): Promise<() => Promise<void>> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // whoever asked has gone
    createInterface({ input: socket }).on('line', async line => {
      const reply = await replyTo(line, answer);
      if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`);
    });
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

async function replyTo(line: string, answer: (request: Request) => Promise<Reply>): Promise<Reply> {
  const request = readRequest(line);
  if (request === undefined) return { error: 'this is not a request that this respool knows' };
  try {
    return await answer(request);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function readRequest(line: string): Request | undefined {
  if (line.length > LONGEST_LINE) return undefined;
  try {
    const { ask, account, resource } = JSON.parse(line);
    if (ask === 'vhosts') return { ask };
    const known = ask === 'forget-device' && typeof account === 'string' && typeof resource === 'string';
    return known ? { ask, account, resource } : undefined;
  } catch {
    return undefined; // no JSON
  }
}

/**
 * Asks the daemon on a spool.
 * @returns its reply, or null where none listens
 */
export async function askDaemon(path: string, request: Request): Promise<Reply | null> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null;
    throw error;
  }
  socket.write(`${JSON.stringify(request)}\n`);
  for await (const line of createInterface({ input: socket })) {
    socket.destroy();
    return JSON.parse(line) as Reply;
  }
  return { error: 'the daemon ended without an answer' };
}
