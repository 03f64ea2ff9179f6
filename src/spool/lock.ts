import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { ownFile } from './files.js';
import { SpoolError } from './open.js';

/** Between looks whether the spool is free, in ms: nothing tells when it is. */
const LOOK = 20;

/** Another process has the spool. */
export class SpoolLockedError extends SpoolError {}

/**
 * Makes this process the only daemon on a spool. The lock is SQLite's own on a file beside it, so that the kernel
 * takes it back however the process ends, and readers of the spool are not shut out.
 * @returns releases the lock
 * @throws SpoolLockedError where another process holds it; ForeignFileError where the file is not this user's alone
 */
export function lockSpool(path: string): () => void {
  ownFile(`${path}.lock`);
  const lock = new Database(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') {
      throw new SpoolLockedError(
        `another respool is running on ${path}; stop it first, or give this one a spool.path of its own`,
      );
    }
    throw error;
  }
  return () => lock.close();
}

/** True where a daemon has the spool; nothing is created or changed by asking. */
export function isInUse(path: string): boolean {
  const file = `${path}.lock`;
  if (!existsSync(file)) return false;
  const lock = new Database(file, { readonly: true, timeout: 0 });
  try {
    lock.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return true;
    throw error;
  } finally {
    lock.close();
  }
}

/**
 * Waits until no daemon has the spool.
 * @param within so many ms at most
 * @returns false where one has it even then
 */
export async function untilFree(path: string, within = Number.POSITIVE_INFINITY): Promise<boolean> {
  for (const end = performance.now() + within; isInUse(path); await sleep(LOOK)) {
    if (performance.now() >= end) return false;
  }
  return true;
}
