import Database from 'better-sqlite3';
import { ForeignFileError, ownFile } from './files.js';
import { MIGRATIONS } from './migrations.js';

/** Marks a database as a spool ("rspl"), so that another program's is never touched. */
export const APPLICATION_ID = 0x7273706c;

/** The spool cannot be used; the message says why and what to do. */
export class SpoolError extends Error {}

/** The spool cannot be used now, but may be without anybody's doing anything to it: its disk is full, or read-only. */
export class SpoolUnavailableError extends SpoolError {}

/** What fails so may pass. */
const PASSING = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE'];
const PASSING_IN_SQLITE = /^SQLITE_(FULL|IOERR|BUSY|READONLY|CANTOPEN)/;

/**
 * Makes the file of a spool where there is none, its owner's alone.
 * @throws SpoolError for one that cannot be written, is a link or is somebody else's
 */
export function makeFile(path: string): void {
  guarded(path, () => ownFile(path));
}

/**
 * Opens the spool for reading beside a running daemon.
 * @throws SpoolError where there is none, or it cannot be read
 */
export function openForReading(path: string): Database.Database {
  return guarded(path, () => {
    const db = new Database(path, { readonly: true, fileMustExist: true });
    try {
      checkVersion(path, db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/**
 * The schema that a spool has.
 * @throws SpoolError for what is no spool, or is a newer respool's
 */
export function checkVersion(path: string, db: Database.Database): number {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new SpoolError(`${path} is a database, but not a spool; set spool.path to a file of its own`);
  }
  if (version > MIGRATIONS.length) {
    throw new SpoolError(
      `${path} was written by a newer respool (schema ${version}, this one knows ${MIGRATIONS.length}); ` +
        'run that version, or set spool.path to another file',
    );
  }
  return version;
}

/** Turns what SQLite and the file system say into what an operator can act on. */
export function guarded<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof SpoolError || !(error instanceof Error)) throw error;
    if (error instanceof ForeignFileError) throw new SpoolError(error.message, { cause: error });
    const { code = '' } = error as { code?: string };
    const Kind = PASSING.includes(code) || PASSING_IN_SQLITE.test(code) ? SpoolUnavailableError : SpoolError;
    throw new Kind(remedy(path, error, code), { cause: error });
  }
}

function remedy(path: string, error: Error, code: string): string {
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return `${path} is damaged (${error.message}); respool salvage saves what can be read; move it and its -wal and -shm files away, and respool starts a new one`;
  }
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL') {
    return `${path} cannot be written (${error.message}): its disk is full; free some of it`;
  }
  if (code === 'ENOENT' || (code === 'SQLITE_CANTOPEN' && error.message.includes('unable to open'))) {
    return `${path} cannot be opened (${error.message}); check spool.path, and that the file is there and yours to read`;
  }
  if (code === 'EROFS')
    return `${path} cannot be written (${error.message}): its disk is read-only; remount it`;
  if (code === 'EACCES' || code === 'EPERM' || code.startsWith('SQLITE_READONLY')) {
    return `${path} cannot be written (${error.message}); give its folder and the file to the user that runs respool`;
  }
  return `${path} cannot be used: ${error.message}`;
}
