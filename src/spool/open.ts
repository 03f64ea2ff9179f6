import Database from 'better-sqlite3';
import { ForeignFileError, ownFile } from './files.js';
import { MIGRATIONS } from './migrations.js';

/** Marks a database as a spool ("rspl"), so that another program's is never touched. */
const APPLICATION_ID = 0x7273706c;

/** The spool cannot be used; the message says why and what to do. */
export class SpoolError extends Error {}

/** The spool cannot be used now, but may be without anybody's doing anything to it: its disk is full, or read-only. */
export class SpoolUnavailableError extends SpoolError {}

/** What fails so may pass. */
const PASSING = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE'];
const PASSING_IN_SQLITE = /^SQLITE_(FULL|IOERR|BUSY|READONLY|CANTOPEN)/;

/**
 * Opens the spool for writing, creating or migrating it.
 * @throws SpoolError for a file that cannot be written, is damaged, is not a spool, or is of a newer respool
 */
export function openSpool(path: string): Database.Database {
  makeFile(path);
  return guarded(path, () => {
    const db = new Database(path);
    try {
      migrate(path, db);
      db.pragma('journal_mode = WAL');
      // Explicit: in WAL mode better-sqlite3 would fall back to NORMAL, which may lose the last commits with the power
      db.pragma('synchronous = FULL');
      db.pragma('cache_size = -16000');
      // In pages, 32 MB: a page of an index that many messages touch is copied back once for all of them
      db.pragma('wal_autocheckpoint = 8000');
      db.pragma('temp_store = MEMORY');
      // A row goes only where nothing refers to it (accounts.ts); SQLite would read all messages to find out
      db.pragma('foreign_keys = OFF');
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

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

function migrate(path: string, db: Database.Database): void {
  if (db.pragma('user_version', { simple: true }) === 0 && isEmpty(db)) {
    db.pragma(`application_id = ${APPLICATION_ID}`);
  }
  const version = checkVersion(path, db);
  db.transaction(() => {
    for (const step of MIGRATIONS.slice(version)) db.exec(step);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}

function checkVersion(path: string, db: Database.Database): number {
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

function isEmpty(db: Database.Database): boolean {
  return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
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
    return `${path} is damaged (${error.message}); move it and its -wal and -shm files away, and respool starts a new one`;
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
