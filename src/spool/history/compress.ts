import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, utimes } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { isGone, type Segment, unfinishedPath } from './segments.js';

/** Little work for most of the gain. */
const LEVEL = 2;

/** Replaces files by compressed ones, which keep their dates. Rejects with the error of the file system. */
export async function compress(segments: readonly Segment[], signal: AbortSignal): Promise<void> {
  for (const segment of segments) {
    if (signal.aborted) return;
    try {
      await replaceBy(segment, createReadStream(segment.path, { highWaterMark: 1 << 20 }), signal);
    } catch (error) {
      if (!isGone(error)) throw error; // it was too old meanwhile
    }
  }
}

/** Puts a compressed file with these lines in the place of another one, once it is on the disk. */
export async function replaceBy(
  { path, isCompressed, changedAt }: Segment,
  lines: Readable,
  signal: AbortSignal,
): Promise<void> {
  const made = isCompressed ? path : `${path}.gz`;
  const unfinished = unfinishedPath(made);
  try {
    await pipeline(lines, createGzip({ level: LEVEL }), createWriteStream(unfinished, { mode: 0o600 }), {
      signal,
    });
    await sync(unfinished);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await utimes(unfinished, changedAt / 1000, changedAt / 1000);
  await rename(unfinished, made);
  if (!isCompressed) await rm(path, { force: true });
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
