import type { Readable } from 'node:stream';
import { LineTooLong, linesOf } from '../../control/lines.js';
import { harmless } from '../../monitor/harmless.js';
import { UsageError } from '../usage.js';

/** Longer lines are no ids, in characters: no more than that of one line is in memory. */
const LONGEST_LINE = 100;
/** As many may be given at once: all are read before anything is done. */
const MOST = 1_000_000;
const ID = /^[1-9]\d{0,14}$/;

/**
 * Reads ids, one a line, as `queue list --ids` prints them; lines with nothing in them count as none.
 * @returns them in order, each once
 * @throws UsageError that names the line and the remedy
 */
export async function readIds(input: Readable): Promise<number[]> {
  const ids = new Set<number>();
  let number = 0;
  const bad = (what: string) =>
    new UsageError(
      `stdin, line ${number}: ${what}; give ids alone, one a line, as respool queue list --ids prints them. Nothing was done`,
    );
  try {
    for await (const line of linesOf(input, LONGEST_LINE)) {
      number++;
      const text = line.trim();
      if (text === '') continue;
      if (!ID.test(text)) throw bad(`"${harmless(text.slice(0, LONGEST_LINE))}" is no id`);
      ids.add(Number(text));
      if (ids.size > MOST)
        throw bad(`more than ${MOST} ids are too many at once (--limit, or a filter in place of ids)`);
    }
  } catch (error) {
    if (!(error instanceof LineTooLong)) throw error;
    number++;
    throw bad('it is too long to be an id');
  }
  return [...ids].sort((one, other) => one - other);
}
