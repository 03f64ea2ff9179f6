/**
 * Holds back what follows the last `>` of a chunk until the next one comes. The parser (ltx) looks for the end of a
 * text from each of its characters anew, to the end of the chunk: left alone, a message of a megabyte keeps it busy for
 * a third of a second. Nothing is late by this, for no stanza is whole without its last `>`.
 */
export class WholeTags {
  #held: string[] = [];

  /** True where nothing is held back. */
  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** @returns what the parser can take now, '' for nothing */
  take(chunk: string): string {
    const end = chunk.lastIndexOf('>') + 1;
    if (end === 0) {
      this.#held.push(chunk);
      return '';
    }
    const whole = this.#held.length === 0 ? chunk : this.#held.join('') + chunk;
    const left = chunk.length - end;
    this.#held = left === 0 ? [] : [chunk.slice(end)];
    return left === 0 ? whole : whole.slice(0, -left);
  }
}
