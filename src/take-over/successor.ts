import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import { type InheritedSession, inheritedSession } from '../presence/inherited-session.js';
import { describe } from '../xmpp/describe.js';

/** The new version is up, with its config read, within this time, in ms. */
const UP_WITHIN = 15_000;

/** What has to be the same for one to go on where the other stops. */
export const placeShape = z.object({
  host: z.string(),
  port: z.int(),
  domain: z.string(),
  spool: z.string(),
});
export type Place = z.infer<typeof placeShape>;

/** From the new process. */
const readyShape = z.object({ ready: placeShape });
/** To it: the stream and the spool are its own now, and these are the sessions that were believed online. */
export const goShape = z.object({
  go: z.array(inheritedSession).catch([]), // of a version that tells them otherwise: they are found by pings, as after any start
});
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
  /** In ms; the default is right outside of tests. */
  upWithin?: number;
}

/**
 * The process that goes on with the stream. It is a child of the one that leaves, for that is how a connection is given
 * to another process without closing it; so it has its surroundings, supervisor and log too.
 */
export class Successor {
  readonly #child: ChildProcess;
  readonly pid: number;
  #sessions: readonly InheritedSession[] = [];

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
  }

  /**
   * Starts it, and waits until it needs nothing more than to be told to go on.
   * @throws Error with why it cannot; it has ended then, and nothing has changed
   */
  static async start(options: SuccessorOptions): Promise<Successor> {
    const { node, launcher, file, fd } = options;
    const child = spawn(node, [launcher, 'run', '--inherit', '-c', file], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', fd],
    });
    try {
      const { ready } = readyShape.parse(await firstWord(child, options.upWithin ?? UP_WITHIN));
      const other = differences(options.place, ready);
      if (other.length > 0) {
        throw new Error(`its config has another ${other.join(' and ')}: restart respool for that`);
      }
      return new Successor(child, child.pid as number);
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(`the new respool cannot take over: ${describe(error)}`);
    }
  }

  /** Keeps for it who is online. */
  bequeath(sessions: readonly InheritedSession[]): void {
    this.#sessions = sessions;
  }

  /** Has it go on; what this process had is its own from now on. */
  async go(): Promise<void> {
    // or it has ended, and is found missing
    await new Promise<void>(resolve => this.#child.send({ go: this.#sessions }, () => resolve()));
    if (this.#child.connected) this.#child.disconnect();
    this.#child.unref();
  }

  /** Ends it; this process goes on. */
  abandon(): void {
    this.#child.kill('SIGKILL');
  }
}

function firstWord(child: ChildProcess, within: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it is not up after ${within / 1000} s`)), within);
    const failed = (why: Error) => {
      clearTimeout(timer);
      reject(why);
    };
    child.once('message', word => {
      clearTimeout(timer);
      resolve(word);
    });
    child.on('error', failed);
    child.once('exit', (code, signal) =>
      failed(new Error(`it ended with ${signal ?? `code ${code}`}; the log of the running one says why`)),
    );
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
