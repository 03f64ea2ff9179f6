import { accessSync, constants, existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { ReadingConfig } from '../../config/load.js';
import { isInUse, SpoolReader, type Stats } from '../../spool/queries.js';
import { bytes } from '../format.js';
import { type Finding, findingsOn } from './finding.js';

const { ok, warning, error } = findingsOn('spool');

/** With less than this free, the next minutes of a busy server may fill the disk. */
const LITTLE = 64 * 1024 ** 2;

export interface SpoolState {
  findings: Finding[];
  /** What the daemon that has the spool counted; null where none runs. */
  running: Stats | null;
}

/** Looks at the spool without changing it. */
export async function checkSpool({ spool }: Pick<ReadingConfig, 'spool'>): Promise<SpoolState> {
  const { path, maxSize } = spool;
  const findings: Finding[] = [];
  let running: Stats | null = null;
  let used = 0;
  try {
    if (!existsSync(path)) {
      const folder = existing(dirname(path));
      accessSync(folder, constants.W_OK);
      findings.push(ok(`there is none at ${path} yet; respool run can create it`));
    } else {
      const inUse = isInUse(path);
      if (!inUse) tryWriting(path);
      const reader = SpoolReader.open(path);
      try {
        const stats = reader.stats();
        used = stats.bytes;
        running = inUse ? stats : null;
        findings.push(
          ok(
            `${path} ${inUse ? 'is in use by a running daemon' : 'can be written'}; ${stats.pending} pending`,
          ),
        );
        findings.push(integrity(path, reader));
      } finally {
        reader.close();
      }
    }
    findings.push(await freeSpace(dirname(path), Math.max(0, maxSize - used)));
  } catch (failure) {
    findings.push(error(describe(path, failure as NodeJS.ErrnoException)));
  }
  return { findings, running };
}

function integrity(path: string, reader: SpoolReader): Finding {
  const damage = reader.findDamage();
  if (damage === null) return ok('SQLite finds no damage');
  const remedy =
    'stop respool, move the file and its -wal and -shm away, and start respool: it makes a new one';
  return error(`${path} is damaged (${damage}); ${remedy}`);
}

/** Takes the lock of a writer and gives it back. */
function tryWriting(path: string): void {
  const db = new Database(path, { fileMustExist: true });
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
  } finally {
    db.close();
  }
}

async function freeSpace(folder: string, mayGrow: number): Promise<Finding> {
  const { bavail, bsize } = await statfs(existing(folder));
  const free = bavail * bsize;
  if (free < Math.min(LITTLE, mayGrow)) {
    return error(
      `only ${bytes(free)} free on the disk of ${folder}; free some, or move the spool (spool.path)`,
    );
  }
  if (free < mayGrow) {
    const remedy = 'free some, or lower spool.max_size';
    return warning(
      `${bytes(free)} free on the disk, but the spool may grow by another ${bytes(mayGrow)}; ${remedy}`,
    );
  }
  return ok(`${bytes(free)} free on the disk, the spool may grow by ${bytes(mayGrow)}`);
}

/** The nearest folder upwards that is there. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}

function describe(path: string, { code = '', message }: NodeJS.ErrnoException): string {
  const remedy = `give ${path} and its folder to the user that runs respool, and run this check as that user`;
  if (['EACCES', 'EPERM', 'EROFS', 'SQLITE_CANTOPEN'].includes(code) || code.startsWith('SQLITE_READONLY')) {
    return `${path} cannot be written (${message}); ${remedy}`;
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return `${path} is damaged (${message}); move it and its -wal and -shm files away, and respool starts a new one`;
  }
  return message;
}
