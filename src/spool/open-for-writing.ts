import Database from 'better-sqlite3';
import { copyBeforeMigration } from './backup.js';
import { MIGRATIONS, NORMAL_NAMES, ROOM_IDENTITIES } from './migrations.js';
import { giveNormalNames } from './normal-names.js';
import { APPLICATION_ID, checkVersion, guarded, makeFile } from './open.js';
import { giveRoomIdentities } from './room-identities.js';

/** The steps that are taken in code; it is a part of what writes the spool alone, and no command waits for it. */
const IN_CODE: ReadonlyMap<string, (db: Database.Database) => void> = new Map([
  [NORMAL_NAMES, giveNormalNames],
  [ROOM_IDENTITIES, giveRoomIdentities],
]);

/**
 * Opens the spool for writing, creating or migrating it; before that it is copied.
 * @param note is told what takes its time
 * @throws SpoolError for a file that cannot be written, is damaged, is not a spool, or is of a newer respool
 */
export function openSpool(path: string, note: (line: string) => void = () => undefined): Database.Database {
  makeFile(path);
  return guarded(path, () => {
    const db = new Database(path);
    try {
      migrate(path, db, note);
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

function migrate(path: string, db: Database.Database, note: (line: string) => void): void {
  if (db.pragma('user_version', { simple: true }) === 0 && isEmpty(db)) {
    db.pragma(`application_id = ${APPLICATION_ID}`);
  }
  const version = checkVersion(path, db);
  const to = MIGRATIONS.length;
  if (version > 0 && version < to) copyBeforeMigration(db, { path, from: version, to }, note);
  db.transaction(() => {
    for (const step of MIGRATIONS.slice(version)) {
      db.exec(step);
      IN_CODE.get(step)?.(db);
    }
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}

function isEmpty(db: Database.Database): boolean {
  return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}
