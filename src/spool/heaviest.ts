/** Who has how much, and who has most: a heap, for in a flood it is asked thousands of times a second. */
export class Heaviest<Owner> {
  readonly #owners: Owner[] = [];
  readonly #weights: number[] = [];
  readonly #places = new Map<Owner, number>();
  #total = 0;

  /** Of all together. */
  get total(): number {
    return this.#total;
  }

  /** Who has most, with how much; undefined where nobody has anything. */
  get first(): { owner: Owner; weight: number } | undefined {
    const [weight] = this.#weights;
    return weight === undefined ? undefined : { owner: this.#owners[0] as Owner, weight };
  }

  /** One has more, or less; who has nothing left is forgotten. */
  add(owner: Owner, change: number): void {
    const known = this.#places.get(owner);
    if (known === undefined && change <= 0) return;
    const at = known ?? this.#owners.length;
    const weight = Math.max(0, (known === undefined ? 0 : (this.#weights[at] as number)) + change);
    this.#total += weight - (this.#weights[at] ?? 0);
    if (weight === 0) return this.#remove(at);
    this.#put(at, owner, weight);
    this.#settle(at);
  }

  #remove(at: number): void {
    const owner = this.#owners.pop() as Owner;
    const weight = this.#weights.pop() as number;
    this.#places.delete(this.#owners[at] ?? owner);
    if (at === this.#owners.length) return;
    this.#put(at, owner, weight);
    this.#settle(at);
  }

  /** Moves what is in this place up or down to where it belongs. */
  #settle(at: number): void {
    let place = at;
    while (place > 0 && this.#isHeavier(place, parentOf(place))) place = this.#swap(place, parentOf(place));
    for (let child = this.#heavierChild(place); this.#isHeavier(child, place); ) {
      place = this.#swap(place, child);
      child = this.#heavierChild(place);
    }
  }

  #heavierChild(place: number): number {
    const left = 2 * place + 1;
    return this.#isHeavier(left + 1, left) ? left + 1 : left;
  }

  #isHeavier(one: number, other: number): boolean {
    return (this.#weights[one] ?? -1) > (this.#weights[other] ?? -1);
  }

  /** Returns the second place. */
  #swap(one: number, other: number): number {
    const [owner, weight] = [this.#owners[one] as Owner, this.#weights[one] as number];
    this.#put(one, this.#owners[other] as Owner, this.#weights[other] as number);
    this.#put(other, owner, weight);
    return other;
  }

  #put(at: number, owner: Owner, weight: number): void {
    this.#owners[at] = owner;
    this.#weights[at] = weight;
    this.#places.set(owner, at);
  }
}

function parentOf(place: number): number {
  return (place - 1) >> 1;
}
