import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import debug from 'debug';
import { Backlog, type Gathered, LARGEST_BATCH } from './backlog.js';
import type { SpoolEvents } from './client-events.js';
import type { Command } from './command.js';
import type { Wanted } from './journal.js';
import { isEarly } from './lasting.js';
import { SpoolError, SpoolUnavailableError } from './open.js';
import type { FromSpool, SpoolSettings, ToSpool } from './protocol.js';
import type { Question, Questions } from './question.js';
import type { SpoolLimits } from './spool.js';

const trace = debug('respool:spool');

/** What is told is gathered for so long before it is written, in ms, unless somebody waits for an answer. */
const GATHER = 5;
/** And for so long while much comes: the more rows a transaction has, the less one costs. */
const GATHER_MORE = 20;
/** How many entries in a batch are much. */
const MUCH = 100;
/** So many bytes may wait for the disk before it is better that less comes. */
const BEHIND = 2 * LARGEST_BATCH;
/** After a failure the spool is tried again after so long, in ms. */
const RETRY = 1_000;
/** While the spool cannot be written, so many bytes of commands are kept for it in memory; what comes then is lost, and said. */
const MOST_WAITING = 64 << 20;
/** What the thread makes does not live long, so that it needs little room for what is new, in MB. */
const YOUNG = 6;

/** How the rest of respool talks to the spool. */
export interface SpoolPort {
  /** Tells it something, to be committed within a few milliseconds. */
  tell(command: Command): void;
  /** Asks it something; the reply reflects all that was told before. Undefined where the spool failed meanwhile. */
  ask<Name extends keyof Questions>(
    question: { ask: Name } & Questions[Name]['ask'],
  ): Promise<Questions[Name]['reply'] | undefined>;
}

/** The spool in a thread of its own, one batch under way at a time: while one commits, the next gathers. */
export class SpoolClient extends EventEmitter<SpoolEvents> implements SpoolPort {
  readonly #worker: Worker;
  readonly #backlog = new Backlog();
  #underWay: Gathered | null = null;
  #gather = GATHER;
  #timer: NodeJS.Timeout | undefined;
  #urgent = false;
  /** The timer is set for the end of this turn of the event loop. */
  #isDueNow = false;
  #failure: string | null = null;
  /** The thread has ended of itself. */
  #isDead = false;
  /** It ends, at that moment without what cannot be written. */
  #closing: { ended: () => void; givesUpAt: number } | null = null;

  private constructor(worker: Worker) {
    super();
    this.#worker = worker;
    worker.on('message', (message: FromSpool) => this.#hear(message));
    worker.on('error', error => this.#ended(error.message));
  }

  /**
   * Starts the thread and opens the spool.
   * @param note is told what takes its time
   * @throws SpoolError with what to do, where it cannot be opened or another daemon has it; SpoolUnavailableError where
   * that may pass
   */
  static async open(
    settings: SpoolSettings,
    note: (line: string) => void = () => undefined,
  ): Promise<SpoolClient> {
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: settings,
      resourceLimits,
    });
    const first = await new Promise<FromSpool>((resolve, reject) => {
      worker.on('message', (message: FromSpool) => {
        if (message.is === 'note') note(message.line);
        else resolve(message);
      });
      worker.once('error', reject);
    });
    if (first.is === 'unusable') {
      await worker.terminate();
      throw first.mayPass ? new SpoolUnavailableError(first.message) : new SpoolError(first.message);
    }
    worker.removeAllListeners('message');
    worker.removeAllListeners('error');
    return new SpoolClient(worker);
  }

  /** Why the spool does not write, or null. */
  get failure(): string | null {
    return this.#failure;
  }

  /** True while what is told comes faster than it is written. Not while it cannot be written, which may last. */
  get isBehind(): boolean {
    return this.#failure === null && this.#backlog.bytes > BEHIND;
  }

  /** Bytes that wait for the disk. */
  get backlog(): number {
    return this.#backlog.bytes + (this.#underWay?.batch.size ?? 0);
  }

  tell(command: Command): void {
    if (this.#failure !== null && this.#backlog.bytes >= MOST_WAITING) {
      this.emit('lost', 1);
      return;
    }
    this.#backlog.gathering().batch.add(command);
    this.#schedule();
  }

  ask<Name extends keyof Questions>(
    question: { ask: Name } & Questions[Name]['ask'],
  ): Promise<Questions[Name]['reply'] | undefined> {
    if (this.#isDead) return Promise.resolve(undefined);
    return new Promise(resolve => {
      const { batch, waiting } = this.#backlog.gathering();
      batch.add(question as Question);
      waiting.push({ resolve, reply: undefined, early: isEarly(question.ask) });
      this.#urgent = true;
      this.#schedule();
    });
  }

  /** From now on what happens of this is told (`happened`). */
  follow(wanted: readonly Wanted[]): void {
    this.#post({ follow: wanted });
  }

  /** Has other limits hold from now on. */
  limit(limits: SpoolLimits): void {
    this.#post({ limits });
  }

  /**
   * Commits what was told and ends the thread.
   * @param patience what cannot be written is tried again for so long, in ms
   */
  async close(patience = 0): Promise<void> {
    if (this.#isDead) return;
    await new Promise<void>(resolve => {
      this.#closing = { ended: resolve, givesUpAt: performance.now() + patience };
      this.#flush();
    });
    await this.#worker.terminate();
  }

  #schedule(): void {
    if (this.#underWay !== null || (this.#failure !== null && this.#timer !== undefined)) return;
    if (this.#urgent && !this.#isDueNow) {
      clearTimeout(this.#timer);
      this.#isDueNow = true;
      this.#timer = setTimeout(() => this.#flush(), 0);
    } else this.#timer ??= setTimeout(() => this.#flush(), this.#toGather());
  }

  /** How long more is to be gathered, in ms: what has waited for a commit has waited. */
  #toGather(): number {
    const { since } = this.#backlog;
    return since === undefined ? this.#gather : Math.max(0, since + this.#gather - performance.now());
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDueNow = false;
    if (this.#underWay !== null) return;
    const next = this.#backlog.take();
    if (next === undefined) {
      if (this.#closing !== null) this.#post({ close: true });
      return;
    }
    this.#underWay = next;
    this.#gather = next.batch.count < MUCH ? GATHER : GATHER_MORE;
    this.#urgent = this.#closing !== null || !this.#backlog.isEmpty;
    this.#post({ batch: next.batch.packed });
  }

  #post(message: ToSpool): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromSpool): void {
    switch (message.is) {
      case 'answered':
        return this.#answered(message.replies);
      case 'committed':
        this.#committed(message.took);
        if (message.evicted !== null) this.emit('evicted', message.evicted);
        if (message.trouble !== null) this.emit('historyFailing', message.trouble);
        if (message.happened !== null) this.emit('happened', message.happened);
        return;
      case 'failed':
        return this.#failed(message.message);
      case 'closed':
        return this.#closing?.ended();
      default: // open() hears the rest
    }
  }

  #answered(replies: unknown[]): void {
    this.#underWay?.waiting.forEach((asker, index) => {
      asker.reply = replies[index];
      if (asker.early) asker.resolve(asker.reply as never);
    });
  }

  #committed(took: number): void {
    const done = this.#underWay;
    this.#underWay = null;
    trace('committed %d in %d ms', done?.batch.count, took.toFixed(1));
    this.emit('committed', took);
    for (const { resolve, reply } of done?.waiting ?? []) resolve(reply as never);
    if (done !== null) this.#backlog.written(done);
    if (this.#failure !== null) {
      this.#failure = null;
      this.emit('recovered');
    }
    if (this.#closing !== null) this.#flush();
    else if (!this.#backlog.isEmpty) this.#schedule();
  }

  #ended(reason: string): void {
    this.#isDead = true;
    this.#failure = reason;
    for (const { resolve } of [...(this.#underWay?.waiting ?? []), ...this.#backlog.askers])
      resolve(undefined as never);
    this.#closing?.ended();
    this.emit('ended', reason);
  }

  #failed(reason: string): void {
    const failed = this.#underWay;
    this.#underWay = null;
    const first = this.#failure === null;
    this.#failure = reason;
    for (const { resolve } of failed?.waiting ?? []) resolve(undefined as never);
    if (failed !== null) this.#backlog.failed(failed);
    if (first) this.emit('failing', reason);
    if (this.#closing !== null && performance.now() >= this.#closing.givesUpAt) this.#post({ close: true });
    else this.#timer = setTimeout(() => this.#flush(), RETRY);
  }
}
