import { closeSync, createReadStream, createWriteStream, fstatSync, openSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { cause } from '../../config/cause.js';
import { linesOf } from '../../control/lines.js';
import { FORMAT } from '../../spool/export.js';
import { type AnyRecord, anyRecord } from '../../spool/record.js';
import { makePayload } from '../../xmpp/payload.js';

/** The file is none that can be imported; the message says where and why. */
export class RecordFileError extends Error {}

/** A line of the file, with how many bytes of the file come before its end. */
export interface RecordLine {
  record: AnyRecord;
  bytes: number;
}

/** A file that is open, for reading more than once. */
export interface RecordFile {
  name: string;
  fd: number;
}

/**
 * Opens an exported queue; `-` is stdin, which is not opened: null.
 * @throws RecordFileError where it cannot be read
 */
export function openRecords(name: string): RecordFile | null {
  if (name === '-') return null;
  try {
    return { name, fd: openSync(name, 'r') };
  } catch (error) {
    throw new RecordFileError(`${name} cannot be read (${cause(error)})`);
  }
}

/**
 * Reads the records of an exported queue, each checked.
 * @throws RecordFileError with the number of the line
 */
export async function* recordsIn({ name: file, fd }: RecordFile): AsyncGenerator<RecordLine> {
  const end = new EndOfFile(file);
  let number = 0;
  let bytes = 0;
  try {
    for await (const line of linesOf(createReadStream(file, { fd, start: 0, autoClose: false }))) {
      number++;
      bytes += Buffer.byteLength(line) + 1;
      const record = read(line, `${file}:${number}`);
      end.pass(record, number);
      yield { record, bytes };
    }
    end.check();
  } catch (error) {
    if (error instanceof RecordFileError) throw error;
    throw new RecordFileError(`${file} cannot be read (${cause(error)})`);
  }
}

export function sizeOf({ fd }: RecordFile): number {
  return fstatSync(fd).size;
}

/**
 * Gives a file that can be read twice to some work, and closes it: what comes at stdin is kept in one meanwhile.
 * @param beside the temporary file's folder and the beginning of its name
 */
export async function withFile<Result>(
  source: RecordFile | null,
  beside: string,
  work: (file: RecordFile) => Promise<Result>,
): Promise<Result> {
  if (source !== null) return work(source).finally(() => closeSync(source.fd));
  const copy = `${beside}.import-${process.pid}`;
  try {
    await pipeline(process.stdin, createWriteStream(copy, { flags: 'wx', mode: 0o600 }));
    const fd = openSync(copy, 'r');
    return await work({ name: copy, fd }).finally(() => closeSync(fd));
  } finally {
    rmSync(copy, { force: true });
  }
}

/** What begins and ends a file. */
class EndOfFile {
  readonly #file: string;
  #records = 0;
  /** No record has a higher id. */
  #lastId = 0;
  #isOver = false;

  constructor(file: string) {
    this.#file = file;
  }

  pass(record: AnyRecord, number: number): void {
    const place = `${this.#file}:${number}`;
    const isHeader = record.record === 'respool-queue';
    if (this.#isOver) throw new RecordFileError(`${place}: there is more after the end`);
    if (isHeader !== (number === 1)) {
      throw new RecordFileError(
        `${place}: ${isHeader ? 'a second header' : 'no header: it is no queue that respool exported'}`,
      );
    }
    if (isHeader && record.version !== FORMAT) {
      throw new RecordFileError(
        `${place}: format ${record.version}, but this respool reads ${FORMAT}; use the one that wrote it`,
      );
    }
    if (isHeader) this.#lastId = record.last_id;
    if ('id' in record && record.id > this.#lastId) {
      throw new RecordFileError(
        `${place}: id ${record.id} is above the header's last_id, ${this.#lastId}; export it anew`,
      );
    }
    if (record.record === 'end') {
      this.#isOver = true;
      if (record.records === this.#records) return;
      throw new RecordFileError(
        `${place}: ${record.records} records were written, ${this.#records} are here`,
      );
    }
    if (!isHeader) this.#records++;
  }

  check(): void {
    if (!this.#isOver) throw new RecordFileError(`${this.#file}: the end is missing; export it anew`);
  }
}

function read(line: string, place: string): AnyRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new RecordFileError(`${place}: no JSON object`);
  }
  const result = anyRecord.safeParse(value);
  if (result.success) return withPayload(result.data, place);
  const [issue] = result.error.issues;
  const at = issue?.path.join('.') ?? '';
  throw new RecordFileError(`${place}: ${at === '' ? '' : `${at}: `}${issue?.message}`);
}

/** The record with its payload made anew; it has to be what one message has in it. */
function withPayload(record: AnyRecord, place: string): AnyRecord {
  if (!('payload' in record)) return record;
  const made = makePayload(record.payload);
  if ('unreadable' in made) throw new RecordFileError(`${place}: payload: ${made.unreadable}`);
  return { ...record, payload: made.payload };
}
