import { onSpool, type Reach, type SpoolConfig } from '../../control/reach.js';
import type { SpoolRequest } from '../../control/spool-handlers.js';
import { whoIsThis } from '../../control/who.js';
import type { QueueRecord } from '../../spool/record.js';
import type { Output } from '../output.js';
import { Progress } from '../progress.js';
import { type RecordFile, recordsIn, sizeOf, withFile } from './record-file.js';

/** Stored in one transaction: so many records, or so many bytes of the file. */
const AT_ONCE = 500;
const BYTES_AT_ONCE = 512 << 10;

/**
 * Stores an exported queue, after all of the file has been checked.
 * @throws RecordFileError with the line that is wrong; nothing has been stored then
 */
export async function queueImport(
  config: SpoolConfig,
  source: RecordFile | null,
  out: Output,
): Promise<void> {
  await withFile(source, config.spool.path, async file => {
    const checking = new Progress('checking', sizeOf(file));
    for await (const { bytes } of recordsIn(file)) checking.at(bytes);
    checking.end();
    const { stored, known, leftOut } = await onSpool(config, spool => store(spool, file));
    await out.line(
      `${stored} records imported${known > 0 ? `, ${known} were here already` : ''}` +
        `${leftOut > 0 ? `, ${leftOut} left out: they belong to rooms or devices that this spool keeps by itself` : ''}`,
    );
  });
}

/** Works for one import: chunks are gathered and stored. */
async function store(spool: Reach<SpoolRequest>, file: RecordFile) {
  const sum = { stored: 0, known: 0, leftOut: 0 };
  const knownRooms = new Set<string>();
  const progress = new Progress('importing', sizeOf(file));
  let offset = 0;
  let chunk: QueueRecord[] = [];
  let [begin, last] = [0, 0];
  const flush = async () => {
    begin = last;
    if (chunk.length === 0) return;
    const result = await spool.ask('restore', { records: chunk, offset, by: whoIsThis() });
    for (const room of result.knownRooms) knownRooms.add(room);
    sum.stored += result.stored;
    sum.known += result.known;
    sum.leftOut += result.leftOut;
    chunk = [];
  };
  for await (const { record, bytes } of recordsIn(file)) {
    progress.at(bytes);
    // flushed before it is in: no record, however long, shares a request with so many others that it is too long
    if (bytes - begin >= BYTES_AT_ONCE) await flush();
    last = bytes;
    if (record.record === 'respool-queue') offset = await spool.ask('reserve', { ids: record.last_id });
    if (record.record === 'respool-queue' || record.record === 'end') continue;
    // which rooms are known has to be heard before what belongs to them comes
    if (record.record !== chunk.at(-1)?.record) await flush();
    if ((record.record === 'member' || record.record === 'said') && knownRooms.has(record.room)) {
      sum.leftOut++;
      continue;
    }
    chunk.push(record);
    if (chunk.length >= AT_ONCE) await flush();
  }
  await flush();
  progress.end();
  return sum;
}
