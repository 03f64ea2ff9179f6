import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { cause } from '../../config/cause.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import type { Target } from '../new-file.js';
import { Output } from '../output.js';
import { Progress } from '../progress.js';

/** Written at once, in characters. */
const PIECE = 1 << 16;

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
