import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Overview } from '../spool/spool-reader.js';

/** The thread ends when nobody has looked for so long, in ms. */
const IDLE = 60_000;

/**
 * Looks into the spool in a thread of its own, for the one that reads the socket must not wait. The thread is there while
 * somebody looks at the page; who asks while it reads gets the same answer.
 */
export class OverviewThread {
  readonly #path: string;
  readonly #idle: number;
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<Overview | null> | null = null;

  constructor(spoolPath: string, idle = IDLE) {
    this.#path = spoolPath;
    this.#idle = idle;
  }

  /** Does the thread run? */
  get isThere(): boolean {
    return this.#worker !== null;
  }

  /** @returns null where the spool cannot be read */
  read(now: number): Promise<Overview | null> {
    this.#underWay ??= this.#ask(now)
      .catch(() => null) // there is no thread, or it has ended with an error
      .finally(() => {
        this.#underWay = null;
      });
    return this.#underWay;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  async #ask(now: number): Promise<Overview | null> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    clearTimeout(this.#timer);
    const ended = new AbortController();
    try {
      const answered = once(worker, 'message', { signal: ended.signal });
      const exited = once(worker, 'exit', { signal: ended.signal }).then(() => [null]);
      worker.postMessage(now);
      const [overview] = await Promise.race([answered, exited]);
      return overview as Overview | null;
    } finally {
      ended.abort();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.close(), this.#idle).unref();
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('./overview-worker.js', import.meta.url), { workerData: this.#path });
    worker.unref();
    worker.on('error', () => undefined); // who asks is told; nobody else is to end by it
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = null;
    });
    return worker;
  }
}
