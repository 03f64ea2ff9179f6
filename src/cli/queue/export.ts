import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { cause } from '../../config/cause.js';
import { SpoolReader } from '../../spool/queries.js';
import { Output } from '../output.js';
import { Progress } from '../progress.js';

/** Written at once, in characters. */
const PIECE = 1 << 16;

/**
 * Writes all of the queue to a new file of its owner's alone, or to stdout (`-`).
 * @throws Error that says why the file cannot be written; what was written of it is removed
 */
export async function queueExport(spoolPath: string, file: string, stdout: Output): Promise<void> {
  const reader = SpoolReader.open(spoolPath);
  try {
    if (file === '-') return void (await write(reader, stdout));
    const count = await toFile(reader, file);
    await stdout.line(`${count} records written to ${file}`);
  } finally {
    reader.close();
  }
}

async function toFile(reader: SpoolReader, file: string): Promise<number> {
  const stream = createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true });
  try {
    await once(stream, 'open');
  } catch (error) {
    const remedy =
      (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'name another, or remove it first' : '';
    throw new Error(`${file} cannot be written (${cause(error)})${remedy === '' ? '' : `; ${remedy}`}`);
  }
  try {
    const count = await write(reader, new Output(stream));
    stream.end();
    await once(stream, 'close');
    if (stream.errored !== null) throw stream.errored;
    return count;
  } catch (error) {
    stream.destroy();
    rmSync(file, { force: true });
    throw new Error(`${file} cannot be written (${cause(error)})`);
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
