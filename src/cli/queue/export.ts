import { once } from 'node:events';
import { createWriteStream, openSync, rmSync } from 'node:fs';
import { cause } from '../../config/cause.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import { Output } from '../output.js';
import { Progress } from '../progress.js';

/** Written at once, in characters. */
const PIECE = 1 << 16;

const REMEDIES: Readonly<Record<string, string>> = {
  EEXIST: '; name another, or remove it first',
  EACCES: '; name one in a folder where the user that owns the spool may write',
};

/** A new file that is open, or null for stdout. */
export type Target = { name: string; fd: number } | null;

/**
 * Makes the file of an export, its owner's alone; `-` is stdout.
 * @throws Error that says why it cannot be written
 */
export function openTarget(name: string): Target {
  if (name === '-') return null;
  try {
    return { name, fd: openSync(name, 'wx', 0o600) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const remedy = code === undefined ? '' : (REMEDIES[code] ?? '');
    throw new Error(`${name} cannot be written (${cause(error)})${remedy}`);
  }
}

/**
 * Writes all of the queue to a new file, or to stdout.
 * @throws Error that says why the file cannot be written; what was written of it is removed
 */
export async function queueExport(spoolPath: string, target: Target, stdout: Output): Promise<void> {
  try {
    const reader = SpoolReader.open(spoolPath);
    try {
      if (target === null) return void (await write(reader, stdout));
      const count = await toFile(reader, target);
      await stdout.line(`${count} records written to ${target.name}`);
    } finally {
      reader.close();
    }
  } catch (error) {
    if (target !== null) remove(target.name);
    throw error;
  }
}

async function toFile(reader: SpoolReader, { name, fd }: { name: string; fd: number }): Promise<number> {
  const stream = createWriteStream(name, { fd, flush: true });
  try {
    const count = await write(reader, new Output(stream));
    stream.end();
    await once(stream, 'close');
    if (stream.errored !== null) throw stream.errored;
    return count;
  } catch (error) {
    stream.destroy();
    throw new Error(`${name} cannot be written (${cause(error)})`);
  }
}

function remove(name: string): void {
  try {
    rmSync(name, { force: true });
  } catch (error) {
    throw new Error(
      `the export failed, and what there is of ${name} cannot be removed (${cause(error)}); remove it`,
    );
  }
}

async function write(reader: SpoolReader, out: Output): Promise<number> {
  const progress = new Progress('exporting', reader.countRecords());
  let count = 0;
  let piece = '';
  for (const record of reader.records(Date.now())) {
    piece += `${JSON.stringify(record)}\n`;
    count++;
    if (piece.length < PIECE) continue;
    await out.write(piece);
    piece = '';
    progress.at(count);
  }
  await out.write(piece);
  progress.end();
  return count;
}
