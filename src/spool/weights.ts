import { Heaviest } from './heaviest.js';

/**
 * What each owner has of one class, in bytes. It is read from the database when it is first asked for, which is when the
 * spool is over its limit: most never are, and have it cost nothing.
 */
export class Weights<Owner> {
  readonly #read: () => Iterable<[Owner, number]>;
  #heaviest: Heaviest<Owner> | null = null;

  /** @param read what each owner has now */
  constructor(read: () => Iterable<[Owner, number]>) {
    this.#read = read;
  }

  /** Of all together. */
  get total(): number {
    return this.#known().total;
  }

  /** Who has most, with how much. */
  get first(): { owner: Owner; weight: number } | undefined {
    return this.#known().first;
  }

  /** An owner has more, or less, and the database says so already. */
  add(owner: Owner, change: number): void {
    this.#heaviest?.add(owner, change);
  }

  #known(): Heaviest<Owner> {
    if (this.#heaviest === null) {
      this.#heaviest = new Heaviest();
      for (const [owner, weight] of this.#read()) this.#heaviest.add(owner, weight);
    }
    return this.#heaviest;
  }
}
