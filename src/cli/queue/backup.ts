import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  openSync,
  rmSync,
  statSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { cause } from '../../config/cause.js';
import { backUp } from '../../spool/backup.js';
import { SpoolError } from '../../spool/open.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import { bytes } from '../format.js';
import type { Target } from '../new-file.js';
import type { Output } from '../output.js';
import { Progress } from '../progress.js';

/**
 * Copies the spool into a new file, whether a daemon runs on it or not.
 * @param target the file, which is open; root may have opened it where the spool's owner may not write
 * @throws Error that says why it cannot be written; what was written of it is removed
 */
export async function queueBackup(
  spoolPath: string,
  target: NonNullable<Target>,
  json: boolean,
  out: Output,
): Promise<void> {
  const { name, fd } = target;
  const isOwn = fstatSync(fd).uid === process.geteuid?.();
  // SQLite takes a path alone, so what this user cannot open is filled from a copy beside the spool
  const copy = isOwn ? name : `${spoolPath}.backup-${process.pid}`;
  const progress = new Progress('backing up', 1);
  let size = 0;
  try {
    SpoolReader.open(spoolPath).close(); // there has to be one
    if (!isOwn) closeSync(openSync(copy, 'wx', 0o600));
    await backUp(spoolPath, copy, part => progress.at(part));
    ({ size } = statSync(copy));
    if (isOwn) closeSync(fd);
    else await pipeline(createReadStream(copy), createWriteStream(name, { fd, flush: true }));
  } catch (error) {
    if (isOwn) removeAll(name);
    if (error instanceof SpoolError) throw error;
    throw new Error(
      `${name} cannot be written (${cause(error)}); ${isOwn ? 'nothing is left of it' : 'remove it'}`,
    );
  } finally {
    progress.end();
    if (!isOwn) removeAll(copy);
  }
  if (json) await out.line(JSON.stringify({ file: name, bytes: size }));
  else await out.line(`${name}: ${bytes(size)}, the whole spool as it was when this began`);
}

function removeAll(file: string): void {
  for (const rest of ['', '-journal', '-wal', '-shm']) rmSync(`${file}${rest}`, { force: true });
}
