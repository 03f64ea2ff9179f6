/** What a row takes beside its texts, in bytes: its numbers, and its places in indices. */
const ROW = 200;

/** So short a text is taken for as many bytes as it has characters: to find out takes longer than it matters. */
const SHORT = 100;

/** The bytes of these texts in the database. */
export function sizeOf(...texts: (string | null)[]): number {
  let size = 0;
  for (const text of texts) {
    if (text !== null) size += text.length < SHORT ? text.length : Buffer.byteLength(text);
  }
  return size;
}

/** What a row with texts of this size weighs against the limits, in bytes. */
export function weightOf(size: number): number {
  return size + ROW;
}

/** In SQL: the weight of all rows of a group that has a column `size`. */
export const SUM_OF_WEIGHTS = `sum(size) + ${ROW} * count(*)`;
