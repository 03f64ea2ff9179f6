import { createReadStream, readdirSync, rmSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** One file of a history. The one that is written is plain, those before it are compressed. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly isCompressed: boolean;
  /** In bytes. */
  readonly size: number;
  /** When its last line was written, in ms since 1970. */
  readonly changedAt: number;
}

const NAME = /^(\d{8})\.log(\.gz)?$/;
const UNFINISHED = /^\d{8}\.log\.gz\.\d+\.new$/;

/** The folder of the history of a spool. */
export function historyFolder(spoolPath: string): string {
  return `${spoolPath}.history`;
}

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(8, '0')}.log`);
}

/** What is to take the place of a file; each process has its own. */
export function unfinishedPath(path: string): string {
  return `${path}.${process.pid}.new`;
}

/** Removes what a process had not finished that was killed. @param before nobody has written to it since then */
export function removeUnfinished(folder: string, before: number): void {
  for (const name of namesIn(folder).filter(one => UNFINISHED.test(one))) {
    const path = join(folder, name);
    if ((statOf(path)?.mtimeMs ?? 0) < before) rmSync(path, { force: true });
  }
}

/**
 * Removes the oldest files that are too old, or too much with what is `used` by the one that is written, in bytes.
 * @param over ms and bytes that are kept, and the date in ms
 * @returns those that are left, the newest first
 */
export function prune(
  segments: readonly Segment[],
  { keep, maxSize, used, now }: { keep: number; maxSize: number; used: number; now: number },
): Segment[] {
  let size = used;
  const kept: Segment[] = [];
  for (const segment of segments.toReversed()) {
    size += segment.size;
    if (size <= maxSize && now - segment.changedAt <= keep) kept.push(segment);
    else rmSync(segment.path, { force: true });
  }
  return kept;
}

/** Is the file not there any more? */
export function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Is it none that can be read as a compressed one, as after a power cut? */
export function isDamaged(error: unknown): boolean {
  return /^Z_/.test((error as NodeJS.ErrnoException).code ?? '');
}

/** What there is, the oldest first; nothing where there is no folder. */
export function segmentsIn(folder: string): Segment[] {
  const segments = new Map<number, Segment>();
  for (const name of namesIn(folder)) {
    const [, digits, suffix] = NAME.exec(name) ?? [];
    if (digits === undefined) continue;
    const path = join(folder, name);
    const stats = statOf(path);
    if (stats === null) continue;
    const [number, isCompressed] = [Number(digits), suffix !== undefined];
    if (segments.has(number) && isCompressed) continue; // it is being compressed: the plain one is whole
    segments.set(number, { number, path, isCompressed, size: stats.size, changedAt: stats.mtimeMs });
  }
  return [...segments.values()].sort((one, other) => one.number - other.number);
}

/**
 * Its bytes, in pieces.
 * @throws the error of the file system; one that was compressed meanwhile is read where it is now
 */
export async function* bytesOf({ path, isCompressed }: Segment): AsyncGenerator<Buffer> {
  let hasBegun = false;
  try {
    for await (const piece of opened(path, isCompressed)) {
      hasBegun = true;
      yield piece;
    }
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isGone || hasBegun || isCompressed) throw error;
    yield* opened(`${path}.gz`, true);
  }
}

function opened(path: string, isCompressed: boolean): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!isCompressed) return file;
  const plain = createGunzip({ chunkSize: 1 << 18 });
  file.on('error', error => plain.destroy(error));
  plain.on('close', () => file.destroy());
  return file.pipe(plain);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** null: it has gone meanwhile. */
function statOf(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}
