import { once } from 'node:events';
import { lstatSync, type Stats } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { linesOf } from './lines.js';
import type { FollowingName, FromDaemon, Item, Reply, SingleName, Takes } from './requests.js';

/** The daemon refused or failed, or its socket cannot be used; the message says why. */
export class ControlError extends Error {}

/** Replies are shorter. */
const LONGEST_LINE = 64 << 20;

/** Where the daemon on a spool listens: a Unix socket beside it, for the owner of the spool alone. */
export function controlPath(spoolPath: string): string {
  return `${spoolPath}.sock`;
}

/** A connection to the daemon on a spool. */
export class DaemonLine {
  readonly #socket: Socket;
  readonly #lines: AsyncGenerator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = linesOf(socket, LONGEST_LINE);
  }

  /**
   * @param path of the daemon's socket
   * @returns null where no daemon listens
   * @throws ControlError where there is one, but not for this user, or what is there is somebody else's
   */
  static async open(path: string): Promise<DaemonLine | null> {
    refuseForeign(path);
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return new DaemonLine(socket);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // reset: it ended as it took the connection
      if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET') return null;
      const remedy =
        code === 'EACCES' || code === 'EPERM' ? 'run this as the user that runs respool' : message;
      throw new ControlError(`the daemon's socket ${path} cannot be used (${code}): ${remedy}`);
    }
  }

  /** @throws ControlError with what the daemon says */
  async ask<Name extends SingleName>(name: Name, takes: Takes<Name>): Promise<Reply<Name>> {
    this.#send(name, takes);
    const line = await this.#next();
    if (!('reply' in line)) throw new ControlError('the daemon is of another version of respool; restart it');
    return line.reply as Reply<Name>;
  }

  /**
   * Follows until the daemon ends. The first that comes is null, once nothing is missed any more.
   * @throws ControlError with what the daemon says
   */
  async *follow<Name extends FollowingName>(
    name: Name,
    takes: Takes<Name>,
  ): AsyncGenerator<{ item: Item<Name> } | { missed: number } | null> {
    this.#send(name, takes);
    for (;;) {
      const line = await this.#next();
      if ('item' in line) yield { item: line.item as Item<Name> };
      else if ('missed' in line) yield line;
      else if ('following' in line) yield null;
    }
  }

  /** Resolves when the daemon has ended; nothing is to be asked meanwhile. */
  async ended(): Promise<void> {
    await this.#next().catch(() => undefined);
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(name: string, takes: unknown): void {
    this.#socket.write(`${JSON.stringify({ ask: name, ...(takes as object) })}\n`);
  }

  async #next(): Promise<Exclude<FromDaemon, { error: string }>> {
    const { value, done } = await this.#lines.next().catch(() => ({ value: '', done: true }));
    if (done) throw new ControlError('the daemon has ended');
    const line = JSON.parse(value) as FromDaemon;
    if ('error' in line) throw new ControlError(line.error);
    return line;
  }
}

/**
 * Whoever may write beside the spool could lay a socket there and answer in the daemon's name, or a link to one of
 * another service.
 */
function refuseForeign(path: string): void {
  const found = lookAt(path);
  const user = process.geteuid?.();
  if (found === undefined || user === undefined) return;
  if (found.isSymbolicLink())
    throw new ControlError(`${path} is a link, and no daemon has made it; remove it`);
  if (found.uid === user || found.uid === 0) return;
  throw new ControlError(
    `the daemon's socket ${path} is of user ${found.uid} and not believed: run this as the user that runs respool`,
  );
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // its folder is not for this user, and connecting says so
  }
}
