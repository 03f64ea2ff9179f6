import { createWriteStream } from 'node:fs';
import { rename, rm, utimes } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { LEVEL } from './compress.js';
import { wholeLines } from './reading.js';
import type { Segment } from './segments.js';

/** Removes each line that names an account from these files, of which none is written any more. */
export async function forgetAccount(segments: readonly Segment[], account: string): Promise<void> {
  const name = JSON.stringify(account).slice(1, -1);
  const needles = [`"${name}"`, `"${name}/`].map(text => Buffer.from(text));
  for (const segment of segments) {
    const { path, isCompressed, changedAt } = segment;
    const made = isCompressed ? path : `${path}.gz`;
    const unfinished = `${made}.new`;
    async function* others(): AsyncGenerator<Buffer> {
      for await (const lines of wholeLines(segment)) {
        const kept = lines.filter(line => !needles.some(needle => line.includes(needle)));
        yield Buffer.concat(kept.flatMap(line => [line, LINE_END]));
      }
    }
    await pipeline(
      Readable.from(others()),
      createGzip({ level: LEVEL }),
      createWriteStream(unfinished, { mode: 0o600 }),
    );
    await utimes(unfinished, changedAt / 1000, changedAt / 1000);
    await rename(unfinished, made);
    if (!isCompressed) await rm(path, { force: true });
  }
}

const LINE_END = Buffer.from('\n');
