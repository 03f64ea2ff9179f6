import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, utimes } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Segment } from './segments.js';

/** Little work for most of the gain. */
export const LEVEL = 2;

/** Replaces files by compressed ones, which keep their dates. Rejects with the error of the file system. */
export async function compress(segments: readonly Segment[]): Promise<void> {
  for (const { path, changedAt } of segments) {
    const made = `${path}.gz`;
    const unfinished = `${made}.new`;
    await pipeline(
      createReadStream(path),
      createGzip({ level: LEVEL }),
      createWriteStream(unfinished, { mode: 0o600 }),
    );
    await utimes(unfinished, changedAt / 1000, changedAt / 1000);
    await rename(unfinished, made);
    await rm(path, { force: true });
  }
}
