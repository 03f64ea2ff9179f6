import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ENTRY } from '../../src/cli/paths.js';
import { shownInVain, within } from '../wait.js';
import type { Line, Outcome } from './thread.js';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** respool as a process of its own, on the Node of the tests, with an environment of its own. */
export class Process {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly #command: string;
  readonly #closed: Promise<unknown[]>;

  /** @param uid the user that it runs as; only root can choose */
  constructor(args: readonly string[], env: Record<string, string> = {}, uid?: number) {
    const options = {
      env: { PATH: process.env.PATH, ...compiled(), ...env },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    };
    this.child = spawn(process.execPath, [ENTRY, ...args], options);
    this.#command = `respool ${args.join(' ')}`;
    this.#closed = once(this.child, 'close').finally(
      shownInVain(() => `${this.#command} (${this.child.pid}) has said:\n${this.stderr}`),
    );
    this.child.stdout?.setEncoding('utf8').on('data', text => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', text => {
      this.stderr += text;
    });
  }

  /** Waits until it has written this to stderr. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    const awaited = new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(this.stderr);
        if (found === null) return;
        this.child.stderr?.off('data', look);
        resolve(found);
      };
      this.child.stderr?.on('data', look);
      this.#closed.then(() => reject(new Error(`it ended without saying ${pattern}: ${this.stderr}`)));
      look();
    });
    return within(`${this.#command} says ${pattern}`, awaited);
  }

  async ended(): Promise<Ended> {
    const closed = within(`${this.#command} ends`, this.#closed, 60_000);
    const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
    return { code, signal, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Node keeps there what it has compiled: a sixth of what a process takes to start. The run of the tests names the folder. */
function compiled(): Record<string, string> {
  const { NODE_COMPILE_CACHE: folder } = process.env;
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

/** Where command lines run that need no process of their own: one thread for all of a test file, started when it is needed. */
let thread: Worker | undefined;
/** The last one that was asked for. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command to its end, without a process of its own: that would take a fifth of a second, nearly all of it to
 * start Node. What a command is as a process is in processes/.
 */
export function respool(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const ended = last.then(() => inThread({ args, env: { PATH: process.env.PATH, ...env } }));
  last = ended.catch(() => undefined);
  return ended;
}

async function inThread(line: Line): Promise<Ended> {
  thread ??= new Worker(new URL('./thread.js', import.meta.url));
  const name = `respool ${line.args.join(' ')}`;
  thread.ref();
  try {
    thread.postMessage(line);
    const [outcome] = await within(`${name} ends`, once(thread, 'message'), 60_000);
    const { left, ...ended } = outcome as Outcome;
    if (left.length > 0) throw new Error(`${name} would not end, for it has ${left.join(', ')}`);
    return { ...ended, signal: null };
  } finally {
    thread.unref();
  }
}
