export interface Column {
  title: string;
  align?: 'right';
}

/** Lines up rows that come in pieces: a later piece may widen a column, but an earlier one is never waited for. */
export class Table {
  readonly #columns: readonly Column[];
  readonly #widths: number[];
  #begun = false;

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.#widths = columns.map(({ title }) => title.length);
  }

  /** @returns the rows as lines, with the titles above the first ones */
  lines(rows: readonly (readonly string[])[]): string {
    const all = this.#begun ? rows : [this.#columns.map(({ title }) => title), ...rows];
    this.#begun = true;
    for (const row of all) {
      row.forEach((cell, at) => {
        this.#widths[at] = Math.max(this.#widths[at] ?? 0, cell.length);
      });
    }
    return all.map(row => `${this.#line(row)}\n`).join('');
  }

  #line(row: readonly string[]): string {
    const cells = row.map((cell, at) => {
      const width = this.#widths[at] ?? 0;
      return this.#columns[at]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
    });
    return cells.join('  ').trimEnd();
  }
}
