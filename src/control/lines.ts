import type { Socket } from 'node:net';

/** A line that is longer than anybody may send. */
export class LineTooLong extends Error {}

/**
 * Reads a socket by lines, no faster than they are taken.
 * @throws LineTooLong; and what the socket fails with
 */
export async function* linesOf(socket: Socket, longest: number): AsyncGenerator<string> {
  let rest = '';
  for await (const text of socket.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > longest) throw new LineTooLong(`a line is longer than ${longest} characters`);
  }
}
