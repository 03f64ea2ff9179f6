import { cutTo, widthOf } from './width.js';

export interface Column {
  title: string;
  align?: 'right';
  /** It may be cut where the table is too wide. */
  flexible?: true;
  /** It may be left out where the table is too wide; the lowest number goes first. */
  leaveOut?: number;
}

const GAP = '  ';
/** A flexible column keeps so many characters, if it has as many. */
const LEAST = 14;

/** Lines up rows that come in pieces: a later piece may widen a column, but an earlier one is never waited for. */
export class Table {
  readonly #columns: readonly Column[];
  readonly #widths: number[];
  readonly #most: number;
  /** What is shown of the columns, by their places; settled with the first rows. */
  #shown: number[] | null = null;

  /** @param most characters that a line may have; within it, widths stay what the first rows made them */
  constructor(columns: readonly Column[], most = Number.POSITIVE_INFINITY) {
    this.#columns = columns;
    this.#most = most;
    this.#widths = columns.map(({ title }) => title.length);
  }

  /** @returns the rows as lines, with the titles above the first ones */
  lines(rows: readonly (readonly string[])[]): string {
    const begins = this.#shown === null;
    const all = begins ? [this.#columns.map(({ title }) => title), ...rows] : rows;
    if (begins || this.#most === Number.POSITIVE_INFINITY) {
      for (const row of all) {
        row.forEach((cell, at) => {
          this.#widths[at] = Math.max(this.#width(at), widthOf(cell));
        });
      }
    }
    const shown = this.#shown ?? this.#fit();
    this.#shown = shown;
    return all.map(row => `${this.#line(row, shown)}\n`).join('');
  }

  /** Leaves out columns and cuts others until a line has its most. Returns what is left. */
  #fit(): number[] {
    let shown = this.#columns.map((_, at) => at);
    const optional = shown.filter(at => this.#columns[at]?.leaveOut !== undefined);
    optional.sort(
      (one, other) => (this.#columns[one]?.leaveOut ?? 0) - (this.#columns[other]?.leaveOut ?? 0),
    );
    const least = (at: number) =>
      this.#columns[at]?.flexible ? Math.min(LEAST, this.#width(at)) : this.#width(at);
    const needed = (width: (at: number) => number) =>
      shown.reduce((sum, at) => sum + width(at), GAP.length * (shown.length - 1));
    for (const at of optional) {
      if (needed(least) > this.#most) shown = shown.filter(one => one !== at);
    }
    for (let over = needed(at => this.#width(at)) - this.#most; over > 0; over--) {
      const flexible = shown.filter(at => this.#columns[at]?.flexible && this.#width(at) > LEAST);
      const [widest] = flexible.sort((one, other) => this.#width(other) - this.#width(one));
      if (widest === undefined) break;
      this.#widths[widest] = this.#width(widest) - 1;
    }
    return shown;
  }

  #width(at: number): number {
    return this.#widths[at] ?? 0;
  }

  #line(row: readonly string[], shown: readonly number[]): string {
    const cells = shown.map(at => {
      const [width, column] = [this.#width(at), this.#columns[at]];
      const whole = row[at] ?? '';
      const cell = column?.flexible ? cutTo(width, whole) : whole;
      const rest = ' '.repeat(Math.max(0, width - widthOf(cell)));
      return column?.align === 'right' ? rest + cell : cell + rest;
    });
    return cells.join(GAP).trimEnd();
  }
}
