import { readLine } from './lines.js';
import { bytesOf, isDamaged, isGone, type Segment } from './segments.js';

const LINE_END = 10;

/** The lines of a file in lots, without their ends. A last one that is not whole yet is left out. */
export async function* wholeLines(segment: Segment): AsyncGenerator<Buffer[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of bytesOf(segment)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
      lines.push(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    yield lines;
  }
}

/** The date of the first line, in ms since 1970; null: there is none. */
export async function reachOf(segments: readonly Segment[]): Promise<number | null> {
  for (const segment of segments) {
    try {
      for await (const lines of wholeLines(segment)) {
        for (const line of lines) {
          const read = readLine(line.toString());
          if (read !== null) return read.at;
        }
      }
    } catch (error) {
      if (!isDamaged(error) && !isGone(error)) throw error;
    }
  }
  return null;
}
