import { weightOf } from './weight.js';
import { Weights } from './weights.js';

/** What one owner has of a kind. */
export interface Holding {
  messages: number;
  /** In bytes. */
  weight: number;
}

/** How holdings are read from the database. */
interface Reading<Owner> {
  /** What each owner has, in bytes. */
  all(): [Owner, number][];
  /** How many messages one has, and their bytes. */
  one(owner: Owner): [messages: number, weight: number] | undefined;
}

/** Of so many owners it is in memory what they have. */
const MOST_KNOWN = 20_000;

/** What owners have of one kind, read when it is first asked for and followed from then on, and who has got more. */
export class Holdings<Owner> {
  /** Who has most. */
  readonly weights: Weights<Owner>;
  readonly #read: Reading<Owner>;
  readonly #known = new Map<Owner, Holding>();
  readonly #grown = new Set<Owner>();

  constructor(read: Reading<Owner>) {
    this.#read = read;
    this.weights = new Weights(() => read.all());
  }

  /** What an owner has. The object is kept up to date until too many owners are known. */
  of(owner: Owner): Holding {
    const known = this.#known.get(owner);
    if (known !== undefined) return known;
    const [messages, weight] = this.#read.one(owner) ?? [0, 0];
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const holding = { messages, weight };
    this.#known.set(owner, holding);
    return holding;
  }

  /** An owner has got a message of this size, and the database says so already. */
  added(owner: Owner, size: number): void {
    this.#change(owner, 1, weightOf(size));
    this.#grown.add(owner);
  }

  /** An owner has one of this size no more. */
  removed(owner: Owner, size: number): void {
    this.#change(owner, -1, -weightOf(size));
  }

  /** The limits have changed: each owner is looked at again. */
  look(): void {
    for (const [owner] of this.#read.all()) this.#grown.add(owner);
  }

  /** Who has got more since this was last asked. */
  takeGrown(): Owner[] {
    const grown = [...this.#grown];
    this.#grown.clear();
    return grown;
  }

  #change(owner: Owner, messages: number, weight: number): void {
    this.weights.add(owner, weight);
    const known = this.#known.get(owner);
    if (known === undefined) return;
    known.messages += messages;
    known.weight += weight;
  }
}
