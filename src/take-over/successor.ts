import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import { type InheritedSession, inheritedSession } from '../presence/inherited-session.js';
import { describe } from '../xmpp/describe.js';
import { signal } from './serving.js';

/** The new version is up, with its config read, within this time, in ms. */
const UP_WITHIN = 15_000;

/** What has to be the same for one to go on where the other stops. */
const placeShape = z.object({
  host: z.string(),
  port: z.int(),
  domain: z.string(),
  spool: z.string(),
});
export type Place = z.infer<typeof placeShape>;

/** From the new process. */
const readyShape = z.object({ ready: placeShape, pid: z.int().optional() }); // of an older version without
/** To it: the stream is its own now, and these are the sessions that were believed online. */
export const goShape = z.object({
  go: z.array(inheritedSession).catch([]), // of a version that tells them otherwise: they are found by pings, as after any start
});
/** A shell that starts it and ends, whereupon it is an orphan. */
const LEAVE_ALONE = ['/bin/sh', '-c', '"$@" &', 'sh'];
/** Where the new process finds the stream; 3 is the channel between the two. */
export const STREAM_FD = 4;

export interface SuccessorOptions {
  /** Node, and what it runs: the program of the new version. */
  node: string;
  launcher: string;
  /** The config file. */
  file: string;
  /** The descriptor of the stream. */
  fd: number;
  place: Place;
  /** systemd is to become its parent: it treats none as the main process of a service that is not its child. */
  isOrphan?: boolean;
  /** In ms; the default is right outside of tests. */
  upWithin?: number;
}

/**
 * The process that goes on with the stream. It is a child of the one that leaves, for that is how a connection is given
 * to another process without closing it; so it has its surroundings, supervisor and log too.
 */
export class Successor {
  readonly #begun: Begun;
  readonly pid: number;

  private constructor(begun: Begun) {
    this.#begun = begun;
    this.pid = begun.orphan ?? (begun.child.pid as number);
  }

  /**
   * Starts it, and waits until it needs nothing more than to be told to go on.
   * @throws Error with why it cannot; it has ended then, and nothing has changed
   */
  static async start(options: SuccessorOptions): Promise<Successor> {
    const { node, launcher, file, fd, isOrphan = false, upWithin = UP_WITHIN } = options;
    const line = [node, launcher, 'run', '--inherit', '-c', file];
    const [program = '', ...words] = isOrphan ? [...LEAVE_ALONE, ...line] : line;
    const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc', fd] });
    const begun: Begun = { child, orphan: null };
    try {
      const { ready, pid } = readyShape.parse(await firstWord(child, upWithin, isOrphan));
      if (isOrphan && pid === undefined)
        throw new Error('it is of an older version: restart respool for that');
      if (isOrphan) begun.orphan = pid ?? null;
      const other = differences(options.place, ready);
      if (other.length > 0) {
        throw new Error(`its config has another ${other.join(' and ')}: restart respool for that`);
      }
      return new Successor(begun);
    } catch (error) {
      end(begun);
      throw new Error(`the new respool cannot take over: ${describe(error)}`);
    }
  }

  /**
   * Tells it to go on: the stream is its own now, and the spool as soon as this process has left.
   * @param sessions who is online
   */
  async go(sessions: readonly InheritedSession[]): Promise<void> {
    // or it has ended, and is found missing
    const { child } = this.#begun;
    await new Promise<void>(resolve => child.send({ go: sessions }, () => resolve()));
    if (child.connected) child.disconnect();
    child.unref();
  }

  /** Ends it; this process goes on. */
  abandon(): void {
    end(this.#begun);
  }
}

/** A process that was started. */
interface Begun {
  /** It, or the shell that has started it: the channel to it in either case. */
  child: ChildProcess;
  /** Its number where a shell has started it, as soon as it is known. */
  orphan: number | null;
}

function end({ child, orphan }: Begun): void {
  child.kill('SIGKILL');
  if (orphan !== null) signal(orphan, 'SIGKILL');
  else if (child.connected) child.disconnect(); // at which an orphan ends by itself
}

function firstWord(child: ChildProcess, within: number, isOrphan: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it is not up after ${within / 1000} s`)), within);
    const failed = (why: string) => {
      clearTimeout(timer);
      reject(new Error(why));
    };
    child.once('message', word => {
      clearTimeout(timer);
      resolve(word);
    });
    child.on('error', ({ message }) => failed(message));
    const see = 'the log of the running one says why';
    // with what code an orphan ends, only its new parent hears
    if (isOrphan) child.once('disconnect', () => failed(`it ended; ${see}`));
    else child.once('exit', (code, name) => failed(`it ended with ${name ?? `code ${code}`}; ${see}`));
  });
}

const KEYS = {
  host: 'component.host',
  port: 'component.port',
  domain: 'component.domain',
  spool: 'spool.path',
} as const;

/** The keys of the config in which two places differ. */
export function differences(one: Place, other: Place): string[] {
  return (Object.keys(KEYS) as (keyof Place)[]).filter(key => one[key] !== other[key]).map(key => KEYS[key]);
}
