import { accessSync, constants, existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { ReadingConfig } from '../../config/load.js';
import { isInUse } from '../../spool/lock.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import type { Stats } from '../../spool/stats.js';
import { bytes, duration } from '../format.js';
import { type Advice, type Finding, findingsOn } from './finding.js';

const { ok, warning, error } = findingsOn('spool');

/** With less than this free, the next minutes of a busy server may fill the disk. */
const LITTLE = 64 * 1024 ** 2;

export interface SpoolState {
  findings: Finding[];
  /** What the daemon that has the spool counted; null where none runs, or that cannot be read. */
  running: Stats | null;
  /** A daemon runs, or may run: the spool cannot be read, which could tell. */
  isUnknown: boolean;
}

/** Looks at the spool without changing it. */
export async function checkSpool({ spool }: Pick<ReadingConfig, 'spool'>): Promise<SpoolState> {
  const { path, maxSize } = spool;
  const findings: Finding[] = [];
  let running: Stats | null = null;
  let mayRun = existsSync(path);
  let used = 0;
  try {
    if (!mayRun) {
      const folder = existing(dirname(path));
      accessSync(folder, constants.W_OK);
      findings.push(ok(`there is no spool at ${path} yet; respool run can create it`));
    } else {
      const inUse = isInUse(path);
      mayRun = inUse;
      if (!inUse) tryWriting(path);
      const reader = SpoolReader.open(path);
      try {
        const stats = reader.stats();
        used = stats.bytes;
        running = inUse ? stats : null;
        findings.push(ok(`${path} ${inUse ? 'is in use by a running daemon' : 'can be written'}`));
        findings.push(fill(stats, spool), age(stats, spool, Date.now()));
        findings.push(integrity(path, reader));
      } finally {
        reader.close();
      }
    }
    findings.push(await freeSpace(dirname(path), Math.max(0, maxSize - used)));
  } catch (failure) {
    findings.push(describe(path, failure as NodeJS.ErrnoException));
  }
  return { findings, running, isUnknown: mayRun && running === null };
}

function integrity(path: string, reader: SpoolReader): Finding {
  const damage = reader.findDamage();
  if (damage === null) return ok('SQLite finds no damage');
  return error(`${path} is damaged (${damage})`, DAMAGED);
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

/** Is there room on the disk for what the spool may still take? */
export async function freeSpace(folder: string, mayGrow: number): Promise<Finding> {
  const { bavail, bsize } = await statfs(existing(folder));
  const free = bavail * bsize;
  if (free < Math.min(LITTLE, mayGrow)) {
    return error(`only ${bytes(free)} free on the disk of ${folder}`, {
      means: 'when the disk is full, no message can be kept',
      remedy: 'free some, or move the spool (spool.path)',
    });
  }
  if (free < mayGrow) {
    return warning(`${bytes(free)} free on the disk, but the spool may grow by another ${bytes(mayGrow)}`, {
      remedy: 'free some, or lower spool.max_size',
    });
  }
  return ok(`${bytes(free)} free on the disk, the spool may grow by ${bytes(mayGrow)}`);
}

/** The nearest folder upwards that is there. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}

const DAMAGED: Advice = {
  means: 'what is pending may be lost, and new messages cannot be kept safely',
  remedy:
    'stop respool, move the file and its -wal and -shm away, put in its place what respool salvage makes of it, and start respool',
};

/** Of spool.max_size; above it messages go. */
export const NEARLY_FULL = 0.8;
/** Of spool.max_age; what is so old will soon expire. */
const NEARLY_EXPIRED = 0.9;

/** How much of what it may have is in use? */
export function fill({ bytes: used, outcomes }: Stats, { maxSize }: ReadingConfig['spool']): Finding {
  const text = `${bytes(used)} of ${bytes(maxSize)} are in use`;
  const evicted = outcomes.evicted > 0 ? `; ${outcomes.evicted} messages were evicted so far` : '';
  if (used < NEARLY_FULL * maxSize) return ok(text + evicted);
  return warning(text + evicted, {
    means: 'above spool.max_size respool evicts messages: the oldest of whoever has most',
    remedy: 'raise spool.max_size, or see whose devices do not come back: respool queue list',
  });
}

/** Does something wait for so long that it will soon be given up? */
export function age({ oldestAt, pending }: Stats, { maxAge }: ReadingConfig['spool'], now: number): Finding {
  if (oldestAt === null) return ok('nothing is pending');
  const old = Math.max(0, now - oldestAt);
  const text = `${pending} pending, the oldest for ${duration(old)}`;
  if (old < NEARLY_EXPIRED * maxAge) return ok(text);
  return warning(`${text}, and messages live ${duration(maxAge)} (spool.max_age)`, {
    means: 'its device has not come back; the message expires when its time is over',
    remedy: 'respool queue list shows whose it is; raise spool.max_age, or forget the device',
  });
}

function describe(path: string, { code = '', message }: NodeJS.ErrnoException): Finding {
  if (['EACCES', 'EPERM', 'EROFS', 'SQLITE_CANTOPEN'].includes(code) || code.startsWith('SQLITE_READONLY')) {
    return error(`${path} cannot be written (${message})`, {
      remedy: `give ${path} and its folder to the user that runs respool, and run this check as that user`,
    });
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return error(`${path} is damaged (${message})`, DAMAGED);
  }
  return error(message);
}
