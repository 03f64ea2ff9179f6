import { closeSync, openSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../../src/spool/migrations.js';
import { APPLICATION_ID } from '../../src/spool/open.js';

let bytes: Buffer | undefined;

/** An empty spool in memory. The migrations run once, for they take some ms and a test file opens hundreds. */
export function emptySpool(): Database.Database {
  bytes ??= migrated();
  return new Database(bytes);
}

/** Makes the file of an empty spool, where there is none. Returns its path. */
export function emptyFile(path: string): string {
  bytes ??= migrated();
  const file = openSync(path, 'wx', 0o600);
  writeSync(file, bytes);
  closeSync(file);
  return path;
}

function migrated(): Buffer {
  const db = new Database(':memory:');
  db.pragma(`application_id = ${APPLICATION_ID}`);
  for (const step of MIGRATIONS) db.exec(step);
  db.pragma(`user_version = ${MIGRATIONS.length}`);
  const migrated = db.serialize();
  db.close();
  return migrated;
}
