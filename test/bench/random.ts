/** A small seeded generator (mulberry32), so that two runs with one seed stream the same bytes. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** @returns a number from 0 up to, but without, 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** @returns an integer from 0 up to, but without, `limit` */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** @returns one of the items */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** @returns 16 hexadecimal digits */
  hex(): string {
    const half = () => this.below(0x1_0000_0000).toString(16).padStart(8, '0');
    return half() + half();
  }
}
