import { closeSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import { MIGRATIONS } from './migrations.js';
import { APPLICATION_ID } from './open.js';

/** A file that was cut off gets its length again, for SQLite reads nothing of one that is shorter than it says. */
export function lengthen(copy: string): void {
  const header = headerOf(copy);
  if (header === null) return;
  // https://www.sqlite.org/fileformat.html: 1 stands for 65536, which 16 bits have no place for
  const said = header.readUInt16BE(16);
  const length = (said === 1 ? 65_536 : said) * header.readUInt32BE(28);
  const { size } = statSync(copy);
  if (length > size && length <= LONGEST * size) truncateSync(copy, length);
}

/** A file is not believed to have been so many times as long. */
const LONGEST = 100;

/** The version that the file's header says (https://www.sqlite.org/fileformat.html); null: it is none of a spool. */
export function saidInHeader(copy: string): number | null {
  const header = headerOf(copy);
  if (header === null || header.readUInt32BE(68) !== APPLICATION_ID) return null;
  const version = header.readUInt32BE(60);
  return version >= 1 && version <= MIGRATIONS.length ? version : null;
}

/** The first 100 bytes of an SQLite file; null: it is none. */
function headerOf(path: string): Buffer | null {
  const header = Buffer.alloc(100);
  const fd = openSync(path, 'r');
  try {
    const isWhole = readSync(fd, header, 0, header.length, 0) === header.length;
    return isWhole && header.toString('latin1', 0, 15) === 'SQLite format 3' ? header : null;
  } finally {
    closeSync(fd);
  }
}
