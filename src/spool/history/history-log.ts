import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe } from '../../xmpp/describe.js';
import { BatchOfLines } from './batch-of-lines.js';
import { compress } from './compress.js';
import { forgetAccounts } from './forget.js';
import { asLine, type Line } from './lines.js';
import { prune, removeUnfinished, type Segment, segmentPath, segmentsIn } from './segments.js';

/** How much of it is kept. */
export interface HistoryLimits {
  /** In ms. */
  readonly keep: number;
  /** In bytes. */
  readonly maxSize: number;
}

/** A file takes so many bytes, and lines of so long, in ms; then it is compressed, to about a fifth. */
const LARGEST = 8 << 20;
const LONGEST = 3_600_000;
/** And no more than this part of what is kept. */
const PART = 4;
/** One that nobody has written to for so long, in ms, is not the one of a process that is just going. */
const LEFT = 60_000;
/** After an error nothing is written for so long, in ms. */
const REST = 60_000;
/** Accounts that are still to be forgotten, one a line. */
const FORGOTTEN = 'forgotten';

/**
 * What became of messages, written to files beside the spool: a line for each step, without what they say. Nothing that
 * respool promises rests on it: it is not waited for, what does not fit on the disk is left out, and what is too old
 * goes.
 */
export class HistoryLog {
  readonly #folder: string;
  readonly #clock: () => number;
  #limits: HistoryLimits | null;
  readonly #batch = new BatchOfLines();
  #file: { readonly fd: number; readonly number: number; readonly since: number; size: number } | null = null;
  #restsUntil = 0;
  #trouble: string | null = null;
  /** What is done to files beside the spool's work, one after the other; null: nothing is. */
  #beside: Promise<void> | null = null;
  readonly #end = new AbortController();

  /** @param limits null: nothing is kept @param clock the date in ms */
  constructor(folder: string, limits: HistoryLimits | null, clock: () => number = Date.now) {
    this.#folder = folder;
    this.#limits = limits;
    this.#clock = clock;
  }

  get isOn(): boolean {
    return this.#limits !== null;
  }

  /** Other limits hold from now on; where nothing is to be kept any more, what there is goes. */
  limit(limits: HistoryLimits | null): void {
    this.#limits = limits;
    if (limits === null) this.#close();
    this.tend();
  }

  /** The moment of what tells none, in ms since 1970. */
  now(): number {
    return this.#clock();
  }

  /** A line of the batch at hand. */
  add(line: Line): void {
    if (this.#limits === null) return;
    this.#batch.add(asLine(line));
  }

  /** The batch is committed. Never throws. */
  write(): void {
    const lines = this.#batch.take();
    if (lines.length === 0 || this.#clock() < this.#restsUntil) return;
    try {
      this.#file ??= this.#begin();
      const written = writeSync(this.#file.fd, lines);
      this.#file.size += written;
      if (written < lines.length) throw new Error('the disk is full');
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (this.#isFull) this.#goOn();
  }

  /** The batch has failed: nothing of it has happened. */
  discard(): void {
    this.#batch.take();
  }

  /** Why lines were left out since this was last asked; null: none were. */
  takeTrouble(): string | null {
    const trouble = this.#trouble;
    this.#trouble = null;
    return trouble;
  }

  /**
   * Removes what is too old or too much, compresses what is left over from before, and goes on to forget whom the process
   * before had not forgotten. Never throws.
   * @param full the file that is not written to any more
   */
  tend(full?: number): void {
    try {
      if (this.#file !== null && this.#isFull) return this.#goOn();
      const over = { keep: -1, maxSize: 0, ...this.#limits, used: this.#file?.size ?? 0, now: this.#clock() };
      const kept = prune(this.#others(), over);
      if (this.#beside !== null || this.#end.signal.aborted) return; // the next turn finds them
      removeUnfinished(this.#folder, this.#clock() - LEFT);
      if (existsSync(this.#forgotten)) return this.#forget();
      const isLeft = ({ number, changedAt }: Segment) => number === full || this.#clock() - changedAt > LEFT;
      const left = kept.filter(one => !one.isCompressed && isLeft(one));
      if (left.length > 0) this.#compress(left);
    } catch (error) {
      this.#trouble = describe(error);
    }
  }

  /** Each line that names an account goes: what is not written yet at once, the rest in a while, if need be after a restart. */
  forget(account: string): void {
    this.#batch.leaveOut(account);
    if (this.#file === null && segmentsIn(this.#folder).length === 0) return;
    this.#close(); // what comes from now on goes into another file
    try {
      appendFileSync(this.#forgotten, `${JSON.stringify(account)}\n`, { mode: 0o600 });
      if (this.#beside === null) this.#forget();
    } catch (error) {
      this.#trouble = describe(error);
    }
  }

  /** Nothing is written any more, and what is done to files is broken off. */
  close(): void {
    this.#end.abort();
    this.#close();
  }

  /** Waits for what is done to files. */
  async settled(): Promise<void> {
    while (this.#beside !== null) await this.#beside;
  }

  get #forgotten(): string {
    return join(this.#folder, FORGOTTEN);
  }

  get #isFull(): boolean {
    const { keep, maxSize } = this.#limits ?? { keep: 0, maxSize: 0 };
    const { size = 0, since = this.#clock() } = this.#file ?? {};
    return size > Math.min(LARGEST, maxSize / PART) || this.#clock() - since > Math.min(LONGEST, keep);
  }

  /** From now on lines go into another file. */
  #goOn(): void {
    const full = this.#file?.number;
    this.#close();
    this.tend(full);
  }

  #begin() {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (let number = (segmentsIn(this.#folder).at(-1)?.number ?? 0) + 1; ; number++) {
      try {
        const fd = openSync(segmentPath(this.#folder, number), 'ax', 0o600);
        return { fd, number, since: this.#clock(), size: 0 };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was quicker
      }
    }
  }

  /** Lines could not be written: they are left out for a while, so that no file is made for each batch. */
  #failed(error: unknown): void {
    this.#trouble = describe(error);
    this.#restsUntil = this.#clock() + REST;
    const number = this.#file?.number;
    this.#close();
    if (number === undefined) return;
    const path = segmentPath(this.#folder, number);
    if (statSync(path, { throwIfNoEntry: false })?.size === 0) rmSync(path, { force: true });
  }

  #close(): void {
    const file = this.#file;
    this.#file = null; // its descriptor is not its own any more, whatever becomes of it
    try {
      if (file !== null) closeSync(file.fd);
    } catch (error) {
      this.#trouble = describe(error);
    }
  }

  #others(): Segment[] {
    return segmentsIn(this.#folder).filter(({ number }) => number !== this.#file?.number);
  }

  #compress(segments: readonly Segment[]): void {
    this.#do(async signal => {
      await compress(segments, signal);
      if (!signal.aborted && existsSync(this.#forgotten)) await this.#forgetAll(signal); // came meanwhile
    });
  }

  /** All that are waiting, in one go. */
  #forget(): void {
    this.#do(signal => this.#forgetAll(signal));
  }

  async #forgetAll(signal: AbortSignal): Promise<void> {
    const text = readFileSync(this.#forgotten, 'utf8');
    const accounts = text
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as string);
    await forgetAccounts(this.#others(), accounts, signal);
    if (signal.aborted) return;
    // more may have come meanwhile
    if (readFileSync(this.#forgotten, 'utf8') === text) rmSync(this.#forgotten, { force: true });
  }

  #do(work: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#end;
    this.#beside = work(signal)
      .catch(error => {
        if (!signal.aborted) this.#trouble = describe(error);
      })
      .finally(() => {
        this.#beside = null;
      });
  }
}
