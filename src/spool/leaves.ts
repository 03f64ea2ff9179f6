import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A row as it lies in a page: its id, and its values in the order of the columns; later columns may be missing. */
export interface LeafRow {
  id: number;
  values: (number | string | Buffer | null)[];
}

/** The kind of a page with rows of a table that has ids. */
const TABLE_LEAF = 0x0d;
const HEADER = 100;
/** A row is not believed to be longer, in bytes. */
const LONGEST_ROW = 64 << 20;

/** What is no row: whatever a damaged page says. */
class NoRow extends Error {}

/**
 * Reads the rows of a database by its pages, whatever leads to them: where a page that leads to others is damaged, SQLite
 * finds none of them any more (https://www.sqlite.org/fileformat.html). Pages that are free are left out: what is in them
 * has gone.
 * @returns nothing where it cannot be said which pages are free
 */
export function* rowsInLeaves(file: string): Generator<LeafRow> {
  const fd = openSync(file, 'r');
  try {
    const pages = new Pages(fd);
    const free = pages.free();
    if (free === null) return;
    for (let number = 1; number <= pages.count; number++) {
      if (!free.has(number)) yield* pages.rowsOf(number);
    }
  } finally {
    closeSync(fd);
  }
}

class Pages {
  readonly count: number;
  readonly #fd: number;
  readonly #size: number;
  /** Of a page, without what is reserved at its end. */
  readonly #usable: number;
  readonly #firstFree: number;

  constructor(fd: number) {
    const header = Buffer.alloc(HEADER);
    readSync(fd, header, 0, HEADER, 0);
    const said = header.readUInt16BE(16);
    this.#fd = fd;
    this.#size = said === 1 ? 65_536 : Math.max(512, said);
    this.#usable = this.#size - header.readUInt8(20);
    this.#firstFree = header.readUInt32BE(32);
    this.count = Math.floor(fstatSync(fd).size / this.#size);
  }

  /** The pages that are free; null: the list of them is damaged. */
  free(): Set<number> | null {
    const free = new Set<number>();
    for (let trunk = this.#firstFree; trunk !== 0; ) {
      if (trunk > this.count || free.has(trunk)) return null;
      free.add(trunk);
      const page = this.#read(trunk);
      const leaves = page.readUInt32BE(4);
      if (leaves > this.#usable / 4 - 2) return null;
      for (let at = 0; at < leaves; at++) free.add(page.readUInt32BE(8 + 4 * at));
      trunk = page.readUInt32BE(0);
    }
    return free;
  }

  *rowsOf(number: number): Generator<LeafRow> {
    const page = this.#read(number);
    const begin = number === 1 ? HEADER : 0;
    if (page[begin] !== TABLE_LEAF) return;
    const cells = page.readUInt16BE(begin + 3);
    for (let at = 0; at < cells; at++) {
      const pointer = begin + 8 + 2 * at;
      if (pointer + 2 > this.#usable) return;
      try {
        yield this.#row(page, page.readUInt16BE(pointer));
      } catch (error) {
        if (!(error instanceof NoRow || error instanceof RangeError)) throw error;
      }
    }
  }

  #row(page: Buffer, at: number): LeafRow {
    const [length, afterLength] = varint(page, at);
    const [id, begin] = varint(page, afterLength);
    if (length > LONGEST_ROW || id < 1) throw new NoRow();
    const most = this.#usable - 35;
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23;
    const some = least + ((length - least) % (this.#usable - 4));
    const local = length <= most ? length : some <= most ? some : least;
    if (begin + local > this.#usable) throw new NoRow();
    const parts = [page.subarray(begin, begin + local)];
    let left = length - local;
    for (let next = left > 0 ? page.readUInt32BE(begin + local) : 0; left > 0; ) {
      if (next < 1 || next > this.count) throw new NoRow();
      const overflow = this.#read(next);
      const part = overflow.subarray(4, Math.min(this.#usable, 4 + left));
      parts.push(part);
      left -= part.length;
      next = overflow.readUInt32BE(0);
    }
    return { id, values: valuesOf(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)) };
  }

  #read(number: number): Buffer {
    const page = Buffer.alloc(this.#size);
    readSync(this.#fd, page, 0, this.#size, (number - 1) * this.#size);
    return page;
  }
}

/** A number of SQLite's own form. Returns where it ends, too. */
function varint(from: Buffer, at: number): [value: number, end: number] {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = from.readUInt8(at + index);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, at + index + 1];
  }
  throw new NoRow(); // negative, or beyond any that respool writes
}

function valuesOf(record: Buffer): LeafRow['values'] {
  const values: LeafRow['values'] = [];
  let [end, at] = varint(record, 0);
  let begin = end;
  for (const header = end; at < header; ) {
    let type: number;
    [type, at] = varint(record, at);
    [end, begin] = [begin, begin + lengthOf(type)];
    if (begin > record.length) throw new NoRow();
    values.push(readValue(record.subarray(end, begin), type));
  }
  return values;
}

const LENGTHS = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0] as const;

function lengthOf(type: number): number {
  const length = type < LENGTHS.length ? LENGTHS[type] : type < 12 ? undefined : Math.floor((type - 12) / 2);
  if (length === undefined) throw new NoRow();
  return length;
}

function readValue(bytes: Buffer, type: number): number | string | Buffer | null {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return bytes.readDoubleBE(0);
  if (type === 6) return Number(bytes.readBigInt64BE(0));
  if (type < 6) return bytes.readIntBE(0, bytes.length);
  if (type % 2 === 0) return bytes;
  return bytes.toString('utf8');
}
