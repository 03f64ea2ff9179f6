import type { Output } from './output.js';
import { type Column, Table } from './table.js';

export interface Listing<T> {
  columns: readonly Column[];
  cells(item: T): string[];
  json(item: T): unknown;
  /** The line below, or instead of, the table. */
  total(count: number): string;
  /** The characters that a line of the table may have. */
  width?: number | undefined;
}

/** Rows gathered before they are written: enough to line them up, too few to need memory. */
const PIECE = 200;

/** Writes items as a table or as a JSON array, piece by piece. */
export async function list<T>(
  items: Iterable<T> | AsyncIterable<T>,
  listing: Listing<T>,
  json: boolean,
  out: Output,
): Promise<void> {
  const table = new Table(listing.columns, listing.width);
  let count = 0;
  let piece: T[] = [];
  const flush = async () => {
    const before = count - piece.length;
    const lines = piece.map(
      (item, at) => `${before + at === 0 ? '[' : ','}\n${JSON.stringify(listing.json(item))}`,
    );
    if (piece.length > 0) await out.write(json ? lines.join('') : table.lines(piece.map(listing.cells)));
    piece = [];
  };
  for await (const item of items) {
    piece.push(item);
    count++;
    if (piece.length === PIECE) await flush();
  }
  await flush();
  if (!json) await out.line(listing.total(count));
  else await out.line(count === 0 ? '[]' : '\n]');
}
