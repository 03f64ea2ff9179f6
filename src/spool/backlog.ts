import { Batch } from './batch.js';
import { entriesOf } from './batch-entries.js';
import { isLasting } from './lasting.js';

/** A batch has so many bytes, or little more: it must not keep for long who asks something after it. */
export const LARGEST_BATCH = 1 << 21;
/** So many batches are kept to be used again. */
const MOST_SPARE = 2;

/** Who asked. */
interface Asker {
  resolve: (reply: never) => void;
  /** The reply, once it is there; it waits for the commit unless it is `early`. */
  reply: unknown;
  early: boolean;
}

export interface Gathered {
  readonly batch: Batch;
  /** When the first entry came, in ms. */
  readonly since: number;
  /** Who asked the questions in it, in their order. */
  readonly waiting: Asker[];
}

/** What is to be written, batch by batch, in order; the last one is still gathering. */
export class Backlog {
  #gathered: Gathered[] = [];
  /** Those that were committed, to be used again: new memory for each would have the garbage collector run. */
  readonly #spare: Batch[] = [];

  get isEmpty(): boolean {
    return this.#gathered.length === 0;
  }

  get bytes(): number {
    return this.#gathered.reduce((sum, { batch }) => sum + batch.size, 0);
  }

  /** When the first entry came, in ms; undefined where there is none. */
  get since(): number | undefined {
    return this.#gathered[0]?.since;
  }

  /** All who wait for an answer. */
  get askers(): Asker[] {
    return this.#gathered.flatMap(({ waiting }) => waiting);
  }

  /** Where the next entry goes. */
  gathering(): Gathered {
    const last = this.#gathered.at(-1);
    if (last !== undefined && last.batch.size < LARGEST_BATCH) return last;
    const next = { batch: this.#spare.pop() ?? new Batch(), since: performance.now(), waiting: [] };
    this.#gathered.push(next);
    return next;
  }

  /** Takes the first batch out, to be written. */
  take(): Gathered | undefined {
    return this.#gathered.shift();
  }

  /** It is written: its memory is used again. */
  written({ batch }: Gathered): void {
    if (this.#spare.length >= MOST_SPARE) return;
    batch.clear();
    this.#spare.push(batch);
  }

  /** It could not be written. What must not be lost is tried again; the rest spoke of holds that are gone. */
  failed({ batch, since }: Gathered): void {
    const lasting = new Batch();
    for (const entry of entriesOf(batch.packed)) if (isLasting(entry)) lasting.add(entry);
    this.#gathered.unshift({ batch: lasting, since, waiting: [] });
  }
}
