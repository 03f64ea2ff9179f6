import type { Readable } from 'node:stream';

/** A line that is longer than anybody may send. */
export class LineTooLong extends Error {}

/**
 * Reads by lines, no faster than they are taken; the last one may lack its end.
 * @throws LineTooLong; and what the stream fails with
 */
export async function* linesOf(stream: Readable, longest = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  let rest = '';
  for await (const text of stream.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > longest) throw new LineTooLong(`a line is longer than ${longest} characters`);
  }
  if (rest !== '') yield rest;
}
