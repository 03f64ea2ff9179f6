import { Echoes } from './echoes.js';

/** Chunks of a replay to one session that are neither proved nor lost, and how many messages are in them. */
export class UnderWay {
  /** Copies of them that are still to come back. */
  readonly echoes = new Echoes();
  readonly #sizes = new Map<number, number>();
  #messages = 0;

  /** How many messages there are. */
  get messages(): number {
    return this.#messages;
  }

  add(chunk: number, messages: number): void {
    this.#sizes.set(chunk, messages);
    this.#messages += messages;
  }

  /** Those of these groups that are chunks are on their way no more. Returns how many messages were in them. */
  remove(groups: Iterable<number>): number {
    const before = this.#messages;
    for (const group of groups) {
      this.#messages -= this.#sizes.get(group) ?? 0;
      this.#sizes.delete(group);
    }
    return before - this.#messages;
  }
}
