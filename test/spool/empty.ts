import Database from 'better-sqlite3';
import { MIGRATIONS } from '../../src/spool/migrations.js';

let bytes: Buffer | undefined;

/** An empty spool in memory. The migrations run once, for they take some ms and a test file opens hundreds. */
export function emptySpool(): Database.Database {
  bytes ??= migrated();
  return new Database(bytes);
}

function migrated(): Buffer {
  const db = new Database(':memory:');
  for (const step of MIGRATIONS) db.exec(step);
  const migrated = db.serialize();
  db.close();
  return migrated;
}
