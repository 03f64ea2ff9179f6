import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { Folder } from './folder.js';
import { Reader } from './reader.js';
import { BenchServer, inWrites } from './server.js';
import type { Side } from './turns.js';
import type { Lot } from './workload.js';

/** How it starts; what is not given is as an operator would have it. */
export interface Start {
  /** Makes the spool that it starts with, at a path. */
  fill?(path: string): void;
  /** In ms. */
  settle?: number;
  /** Does it keep a history? */
  history?: boolean;
}

/** A daemon in a process of its own, with a spool of its own. */
export class DaemonSide implements Side {
  readonly server: BenchServer;
  /** From its process's start until its handshake was accepted, in ms. */
  readonly startMs: number;
  readonly #child: Child;
  readonly #folder: Folder;
  readonly #reader: Reader;
  #copies = 0;
  /** What the spool has to have stored. */
  #stored: number;
  /** What had been before the first lot that counts. */
  #before = { copies: 0, cpu: 0, written: 0, pings: 0 };

  private constructor(server: BenchServer, child: Child, folder: Folder, path: string, startMs: number) {
    this.server = server;
    this.startMs = startMs;
    this.#child = child;
    this.#folder = folder;
    this.#reader = new Reader(path);
    this.#stored = this.#reader.counter('stored');
  }

  static async start({ fill, ...settings }: Start = {}): Promise<DaemonSide> {
    const [server, folder] = [new BenchServer(), new Folder()];
    const path = folder.file('spool.db');
    fill?.(path);
    const port = await server.listen();
    const connected = server.online();
    const began = performance.now();
    const child = new Child('daemon-process', { port, path, ...settings });
    await connected;
    return new DaemonSide(server, child, folder, path, performance.now() - began);
  }

  /** From here on it counts. */
  async begin(): Promise<void> {
    this.#before = { copies: this.#copies, ...(await this.#child.used()), pings: this.server.pings };
  }

  async take({ copies, stored }: Lot, writes = inWrites(copies)): Promise<number> {
    const began = performance.now();
    this.#copies += copies.length;
    this.#stored += stored;
    await this.server.stream(writes);
    await this.#reader.until('stored', value => value >= this.#stored);
    return performance.now() - began;
  }

  pause(paused: boolean): void {
    this.#child.pause(paused);
  }

  /** Its resident memory, in MB. */
  async memory(): Promise<number> {
    return (await this.#child.memory()) / 2 ** 20;
  }

  /** CPU a copy since `begin`, in µs. */
  async cost(): Promise<number> {
    return (((await this.#child.used()).cpu - this.#before.cpu) * 1000) / this.#taken;
  }

  get #taken(): number {
    return this.#copies - this.#before.copies;
  }

  /** What the lots cost. @throws Error where the spool has not stored what it should have */
  async describe(): Promise<string> {
    const cost = await this.cost();
    await sleep(100);
    const stored = this.#reader.counter('stored');
    if (stored !== this.#stored) throw new Error(`${stored} messages stored, expected ${this.#stored}`);
    const written = ((await this.#child.used()).written - this.#before.written) / this.#taken;
    const pings = this.server.pings - this.#before.pings;
    return `${cost.toFixed(1)} µs CPU a copy, ${written.toFixed(0)} bytes written, ${pings} pings`;
  }

  async close(): Promise<void> {
    this.#reader.close();
    await this.#child.stop();
    await this.server.close();
    this.#folder[Symbol.dispose]();
  }
}
