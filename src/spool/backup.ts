import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { checkVersion, openForReading, SpoolUnavailableError } from './open.js';

/** Pages copied between two looks at what else there is to do: 4 MiB. */
const PAGES_AT_ONCE = 1_024;
/** Beside the copy, and what the migration may need, so much is left free, in bytes. */
const LEFT_FREE = 64 << 20;

/**
 * Copies a spool, as it is at this moment, into an empty file, while a daemon may go on writing it.
 * @param file is there, with the rights that it is to have
 * @param progress is told the part that is done, 0 to 1
 * @throws SpoolError where the spool cannot be read, SqliteError where the file cannot be written
 */
export async function backUp(path: string, file: string, progress: (part: number) => void): Promise<void> {
  const db = openForReading(path);
  try {
    // with a snapshot the copy need not begin anew whenever the daemon writes; it never waits for a reader
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    await db.backup(file, {
      progress({ totalPages, remainingPages }) {
        progress(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
        return PAGES_AT_ONCE;
      },
    });
  } finally {
    db.close();
  }
  seal(file);
}

/** Makes a copy one file, which needs no other beside it, and has it on the disk. */
function seal(file: string): void {
  const copy = new Database(file);
  try {
    checkVersion(file, copy);
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
  sync(file);
  sync(dirname(file));
}

/** The name of the copy that is made before a spool gets this schema. */
export function copyName(path: string, schema: number): string {
  return `${path}.before-schema-${schema}`;
}

/**
 * Before a spool is migrated: makes a copy beside it, in place of an older one. Where the disk has no room for it, there
 * is none. Nobody else writes the spool meanwhile.
 * @param note is told what is done
 * @param free how much room there is in a folder, in bytes
 * @throws SpoolUnavailableError where somebody reads what is not in the file yet; what the file system says
 */
export function copyBeforeMigration(
  db: Database.Database,
  { path, from, to }: { path: string; from: number; to: number },
  note: (line: string) => void,
  free: (folder: string) => number = freeIn,
): void {
  foldIn(path, db);
  const copy = copyName(path, to);
  const { size } = statSync(path);
  const migration = `its schema goes from ${from} to ${to}`;
  const room = free(dirname(path));
  const needed = 2 * size + LEFT_FREE; // the migration may write all of it anew
  if (room < needed) {
    note(
      `${migration}, without a copy of the spool: a copy needs ${mebibytes(needed)} MiB of free disk, ` +
        `and only ${mebibytes(room)} MiB are free`,
    );
    return;
  }
  note(`${migration}; the spool (${mebibytes(size)} MiB) is copied to ${copy} first`);
  const begun = `${copy}.new`;
  rmSync(begun, { force: true });
  try {
    copyFileSync(path, begun, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    chmodSync(begun, 0o600);
    sync(begun);
    renameSync(begun, copy);
    sync(dirname(path));
  } catch (error) {
    rmSync(begun, { force: true });
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    note(`no copy of the spool: the disk is full; the migration goes on without`);
    return;
  }
  removeOthers(path, copy);
}

/** Has all that was committed in the file itself. */
function foldIn(path: string, db: Database.Database): void {
  const [row] = db.pragma('wal_checkpoint(TRUNCATE)') as {
    busy: number;
    log: number;
    checkpointed: number;
  }[];
  if (row === undefined || (row.busy === 0 && row.log <= row.checkpointed)) return;
  throw new SpoolUnavailableError(
    `${path} is read by another process, and cannot be copied before its migration; end that one (respool queue list and its like)`,
  );
}

function removeOthers(path: string, kept: string): void {
  const folder = dirname(path);
  const start = basename(copyName(path, 0)).slice(0, -1);
  for (const name of readdirSync(folder)) {
    const isCopy = name.startsWith(start) && /^\d+$/.test(name.slice(start.length));
    if (isCopy && name !== basename(kept)) rmSync(join(folder, name), { force: true });
  }
}

function freeIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function sync(file: string): void {
  const fd = openSync(file, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / (1 << 20));
}
