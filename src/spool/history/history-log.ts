import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { describe } from '../../xmpp/describe.js';
import { compress } from './compress.js';
import { forgetAccount } from './forget.js';
import { asLine, type Line } from './lines.js';
import { type Segment, segmentPath, segmentsIn } from './segments.js';

/** How much of it is kept. */
export interface HistoryLimits {
  /** In ms. */
  readonly keep: number;
  /** In bytes. */
  readonly maxSize: number;
}

/** A file takes so many bytes, and lines of so long, in ms; then it is compressed, to about a tenth. */
const LARGEST = 8 << 20;
const LONGEST = 3_600_000;
/** Memory for the lines of most batches, in bytes. */
const LOT = 1 << 16;
/** Of UTF-8 for one UTF-16 unit. */
const MOST_BYTES = 3;
/** One that nobody has written to for so long, in ms, is not the one of a process that is just going. */
const LEFT = 60_000;

/**
 * What became of messages, written to files beside the spool: a line for each step, without what they say. It is no part
 * of the promise: it is not waited for, what does not fit on the disk is left out, and what is too old goes.
 */
export class HistoryLog {
  readonly #folder: string;
  readonly #clock: () => number;
  #limits: HistoryLimits | null;
  /** The lines of the batch at hand. */
  #lines = Buffer.allocUnsafe(LOT);
  #length = 0;
  #file: { readonly fd: number; readonly number: number; readonly since: number; size: number } | null = null;
  #trouble: string | null = null;
  /** What is done to files beside the spool's work, one after the other. */
  #beside: Promise<void> = Promise.resolve();
  #isCompressing = false;

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
    const text = asLine(line);
    const most = this.#length + text.length * MOST_BYTES;
    if (most > this.#lines.length) {
      const larger = Buffer.allocUnsafe(2 * most);
      this.#lines.copy(larger, 0, 0, this.#length);
      this.#lines = larger;
    }
    this.#length += this.#lines.write(text, this.#length);
  }

  /** The batch is committed. */
  write(): void {
    if (this.#length === 0) return;
    const lines = this.#lines.subarray(0, this.#length);
    this.#length = 0;
    if (this.#lines.length > LARGEST) this.#lines = Buffer.allocUnsafe(LOT);
    try {
      this.#file ??= this.#begin();
      this.#file.size += writeSync(this.#file.fd, lines);
    } catch (error) {
      this.#trouble = describe(error);
      this.#close();
    }
    const file = this.#file;
    if (file === null || (file.size <= LARGEST && this.#clock() - file.since <= LONGEST)) return;
    this.#close();
    this.tend(file.number);
  }

  /** The batch has failed: nothing of it has happened. */
  discard(): void {
    this.#length = 0;
  }

  /** Why lines were left out since this was last asked; null: none were. */
  takeTrouble(): string | null {
    const trouble = this.#trouble;
    this.#trouble = null;
    return trouble;
  }

  /**
   * Removes what is too old or too much, and compresses what is left over from before.
   * @param full the file that is not written to any more
   */
  tend(full?: number): void {
    try {
      const others = segmentsIn(this.#folder).filter(({ number }) => number !== this.#file?.number);
      const kept = this.#prune(others);
      const isLeft = ({ number, changedAt }: Segment) => number === full || this.#clock() - changedAt > LEFT;
      const left = kept.filter(one => !one.isCompressed && isLeft(one));
      if (left.length > 0) this.#compress(left);
    } catch (error) {
      this.#trouble = describe(error);
    }
  }

  /** Each line that names an account goes, in a while. */
  forget(account: string): void {
    this.#close(); // what comes from now on goes into another file
    this.#do(() =>
      forgetAccount(
        segmentsIn(this.#folder).filter(({ number }) => number !== this.#file?.number),
        account,
      ),
    );
  }

  /** Waits for what is done to files. */
  async end(): Promise<void> {
    this.#close();
    await this.#beside;
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

  #close(): void {
    if (this.#file !== null) closeSync(this.#file.fd);
    this.#file = null;
  }

  #prune(segments: readonly Segment[]): Segment[] {
    const { keep, maxSize } = this.#limits ?? { keep: -1, maxSize: 0 };
    let size = this.#file?.size ?? 0;
    const kept: Segment[] = [];
    for (const segment of segments.toReversed()) {
      size += segment.size;
      if (size <= maxSize && this.#clock() - segment.changedAt <= keep) kept.push(segment);
      else rmSync(segment.path, { force: true });
    }
    return kept;
  }

  /** One after the other, and beside the spool's work. */
  #compress(segments: readonly Segment[]): void {
    if (this.#isCompressing) return; // the next turn finds them
    this.#isCompressing = true;
    this.#do(async () => {
      await compress(segments).finally(() => {
        this.#isCompressing = false;
      });
    });
  }

  #do(work: () => Promise<void>): void {
    this.#beside = this.#beside.then(work).catch(error => {
      this.#trouble = describe(error);
    });
  }
}
