import { readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Segment } from './segments.js';

const inThread = promisify(gzip);
/** Little work for most of the gain. */
export const LEVEL = 2;

/** Replaces files by compressed ones, which keep their dates. Rejects with the error of the file system. */
export async function compress(segments: readonly Segment[]): Promise<void> {
  for (const { path, changedAt } of segments) {
    const made = `${path}.gz`;
    const unfinished = `${made}.new`;
    const packed = await inThread(await readFile(path), { level: LEVEL }); // a few MiB
    await writeFile(unfinished, packed, { mode: 0o600 });
    await utimes(unfinished, changedAt / 1000, changedAt / 1000);
    await rename(unfinished, made);
    await rm(path, { force: true });
  }
}
