/** What an allowance is for: one message may be as large as a stanza, so that a number of them says little. */
export class Allowance {
  #left: number;

  /** @param most so many characters, or little more */
  constructor(most: number) {
    this.#left = most;
  }

  get isUsedUp(): boolean {
    return this.#left <= 0;
  }

  /** Reads rows for as long as there is room; none is read that would not be returned. */
  fill<Row>(rows: IterableIterator<Row>, lengthOf: (row: Row) => number): Row[] {
    const read: Row[] = [];
    if (this.isUsedUp) return read;
    for (const row of rows) {
      read.push(row);
      this.#left -= lengthOf(row);
      if (this.isUsedUp) break;
    }
    return read;
  }

  /** What was read is not used, so that there is room for what follows. @param length of it, in characters */
  giveBack(length: number): void {
    this.#left += length;
  }
}
