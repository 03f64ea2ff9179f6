import { closeSync, rmSync, statSync } from 'node:fs';
import { cause } from '../../config/cause.js';
import { backUp } from '../../spool/backup.js';
import { SpoolError } from '../../spool/open.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import { bytes } from '../format.js';
import type { Output } from '../output.js';
import { Progress } from '../progress.js';
import { UsageError } from '../usage.js';
import { openTarget } from './export.js';

/**
 * Copies the spool into a new file, whether a daemon runs on it or not.
 * @throws Error that says why it cannot be written; what was written of it is removed
 */
export async function queueBackup(
  spoolPath: string,
  file: string,
  json: boolean,
  out: Output,
): Promise<void> {
  SpoolReader.open(spoolPath).close(); // there has to be one
  const target = openTarget(file);
  if (target === null)
    throw new UsageError('a backup goes to a file; respool queue export - writes to stdout');
  closeSync(target.fd);
  const progress = new Progress('backing up', 1);
  try {
    await backUp(spoolPath, file, part => progress.at(part));
  } catch (error) {
    for (const rest of ['', '-journal', '-wal', '-shm']) rmSync(`${file}${rest}`, { force: true });
    if (error instanceof SpoolError) throw error;
    throw new Error(`${file} cannot be written (${cause(error)}); nothing is left of it`);
  } finally {
    progress.end();
  }
  const { size } = statSync(file);
  if (json) await out.line(JSON.stringify({ file, bytes: size }));
  else await out.line(`${file}: ${bytes(size)}, the whole spool as it was when this began`);
}
