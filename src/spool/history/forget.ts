import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { replaceBy } from './compress.js';
import { wholeLines } from './reading.js';
import { isDamaged, isGone, type Segment } from './segments.js';

const LINE_END = Buffer.from('\n');

/** What a line has that names one of these accounts, alone or with a resource. */
export function needlesOf(accounts: readonly string[]): Buffer[] {
  const names = accounts.map(account => JSON.stringify(account).slice(1, -1));
  return names.flatMap(name => [`"${name}"`, `"${name}/`].map(text => Buffer.from(text)));
}

export function namesAny(line: Buffer, needles: readonly Buffer[]): boolean {
  return needles.some(needle => line.includes(needle));
}

/**
 * Removes each line that names one of these accounts from these files, of which none is written any more. One that
 * cannot be read any more goes as a whole.
 */
export async function forgetAccounts(
  segments: readonly Segment[],
  accounts: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const needles = needlesOf(accounts);
  for (const segment of segments) {
    if (signal.aborted) return;
    try {
      await replaceBy(segment, Readable.from(others(segment, needles)), signal);
    } catch (error) {
      if (isDamaged(error)) await rm(segment.path, { force: true });
      else if (!isGone(error)) throw error; // it was too old meanwhile
    }
  }
}

async function* others(segment: Segment, needles: readonly Buffer[]): AsyncGenerator<Buffer> {
  for await (const lines of wholeLines(segment)) {
    const kept = lines.filter(line => !namesAny(line, needles));
    yield Buffer.concat(kept.flatMap(line => [line, LINE_END]));
  }
}
