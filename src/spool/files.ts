import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';

/** A file of the spool is not what this process may rely on; the message says why and what to do. */
export class ForeignFileError extends Error {}

/** What SQLite keeps beside a database. */
const BESIDE = ['-wal', '-shm', '-journal'];

/**
 * Sees to it that a database and what belongs to it are files of this user alone: makes the file (0600) and its folder
 * where they are missing, and follows no link in the last part of the path. Nothing that is there is opened: to close it
 * would take the locks of this process from it (POSIX).
 * @throws ForeignFileError for a link, what is no file, and a file of another user; errors of the file system
 */
export function ownFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) closeSync(openSync(path, 'wx', 0o600));
  else {
    refuseForeign(path, found);
    accessSync(path, constants.R_OK | constants.W_OK); // SQLite would open it read-only, and a lock on it would not lock
    chmodSync(path, 0o600); // SQLite gives what it makes beside it the same mode
  }
  for (const suffix of BESIDE) {
    const beside = lstatSync(path + suffix, { throwIfNoEntry: false });
    if (beside !== undefined) refuseForeign(path + suffix, beside);
  }
}

function refuseForeign(path: string, found: Stats): void {
  if (found.isSymbolicLink()) {
    throw new ForeignFileError(
      `${path} is a link, which is not followed; have spool.path name the file itself`,
    );
  }
  if (!found.isFile()) throw new ForeignFileError(`${path} is no file; have spool.path name one`);
  const user = process.geteuid?.();
  if (user === undefined || found.uid === user) return;
  throw new ForeignFileError(
    `${path} belongs to user ${found.uid}, and this is user ${user}; ` +
      'run respool as that user, or stop what uses the file and give it to the user that runs respool',
  );
}
