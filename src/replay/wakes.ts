import type { Clock } from './clock.js';

interface Wake {
  readonly at: number;
  readonly key: number;
}

/** One timer for many: who wants to be woken when. A binary heap; what was put off is passed over when its time comes. */
export class Wakes {
  readonly #clock: Clock;
  readonly #wake: (key: number, now: number) => void;
  readonly #heap: Wake[] = [];
  /** The earliest wake of each that stands in the heap. */
  readonly #earliest = new Map<number, number>();
  #stop: (() => void) | null = null;
  #ticksAt = Number.POSITIVE_INFINITY;

  /** @param wake is called when the time of a key has come; it may have been put off since */
  constructor(clock: Clock, wake: (key: number, now: number) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** This key is to be woken at that moment, if it is not sooner anyway. */
  at(key: number, at: number): void {
    if (at === Number.POSITIVE_INFINITY || at >= (this.#earliest.get(key) ?? Number.POSITIVE_INFINITY))
      return;
    this.#earliest.set(key, at);
    this.#push({ at, key });
    this.#arm();
  }

  /** This key is not woken any more. */
  forget(key: number): void {
    this.#earliest.delete(key);
  }

  clear(): void {
    this.#heap.length = 0;
    this.#earliest.clear();
    this.#stop?.();
    this.#stop = null;
    this.#ticksAt = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.at >= this.#ticksAt) return;
    this.#stop?.();
    this.#ticksAt = first.at;
    this.#stop = this.#clock.after(Math.max(0, first.at - this.#clock.now()), () => this.#tick());
  }

  #tick(): void {
    this.#ticksAt = Number.POSITIVE_INFINITY;
    this.#stop = null;
    const now = this.#clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.#pop();
      if (this.#earliest.get(first.key) !== first.at) continue; // it was sooner, or is forgotten
      this.#earliest.delete(first.key);
      this.#wake(first.key, now);
    }
    this.#arm();
  }

  #push(wake: Wake): void {
    const heap = this.#heap;
    let at = heap.push(wake) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && (heap[parent] as Wake).at > wake.at; parent = (at - 1) >> 1) {
      heap[at] = heap[parent] as Wake;
      at = parent;
    }
    heap[at] = wake;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Wake;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as Wake).at < (heap[child] as Wake).at) child++;
      if ((heap[child] as Wake).at >= last.at) break;
      heap[at] = heap[child] as Wake;
      at = child;
    }
    heap[at] = last;
  }
}
