import { onSpool, type SpoolConfig } from '../../control/reach.js';
import { whoIsThis } from '../../control/who.js';
import type { PendingRef } from '../../spool/content.js';
import type { QueueFilter } from '../../spool/filter.js';
import type { Pending } from '../../spool/pendings.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import { confirm } from '../confirm.js';
import { bytes } from '../format.js';
import type { Output } from '../output.js';

export interface DropQuestion {
  config: SpoolConfig;
  filter: QueueFilter;
  /** Only these messages, in order; null: whatever fits. */
  ids: readonly number[] | null;
  limit: number | undefined;
  yes: boolean;
  json: boolean;
}

/** What that means; ejabberd keeps a queue of its own. */
export const DROPPED =
  "respool sends it to nobody; what ejabberd's own offline queue has of it, ejabberd delivers.";
/** Dropped in one transaction, so that the daemon's own work does not wait long. */
const AT_ONCE = 500;

/**
 * Drops what is pending and fits, after having asked.
 * @returns the exit code: 1 where the answer was no
 */
export async function queueDrop(question: DropQuestion, out: Output): Promise<number> {
  const { config, filter, ids, limit = Number.POSITIVE_INFINITY, yes, json } = question;
  const reader = SpoolReader.open(config.spool.path);
  try {
    const fits = (upTo?: number) =>
      firstOf(all(reader, { ...filter, upTo: upTo ?? filter.upTo }, ids), limit);
    const found = count(fits());
    if (found.count > 0) {
      const what = `Drop ${found.count} pending (${bytes(found.bytes)})? ${DROPPED}`;
      if (!(await confirm(what, yes, ids !== null))) {
        await out.line('nothing was dropped');
        return 1;
      }
    }
    // what has come since was not asked for
    const dropped = found.count === 0 ? 0 : await drop(config, fits(found.last));
    const missing = ids === null ? 0 : ids.length - found.messages;
    if (json) await out.line(JSON.stringify({ dropped, ...(ids === null ? {} : { missing }) }));
    else {
      const rest = missing === 0 ? '' : `; for ${missing} of the ids nothing that fits is pending`;
      await out.line(
        found.count === 0 ? 'nothing that fits is pending' : `${dropped} pending dropped${rest}`,
      );
    }
    return 0;
  } finally {
    reader.close();
  }
}

async function drop(config: SpoolConfig, pendings: Iterable<Pending>): Promise<number> {
  return onSpool(config, async spool => {
    let dropped = 0;
    let piece: PendingRef[] = [];
    const flush = async () => {
      if (piece.length > 0) dropped += await spool.ask('drop', { pendings: piece, by: whoIsThis() });
      piece = [];
    };
    for (const { id, account, resource } of pendings) {
      piece.push([id, account, resource]);
      if (piece.length === AT_ONCE) await flush();
    }
    await flush();
    return dropped;
  });
}

/** What is pending of some messages, or of all; a part of them at once. */
function* all(reader: SpoolReader, filter: QueueFilter, ids: readonly number[] | null): Generator<Pending> {
  if (ids === null) return yield* reader.pendings(filter);
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    yield* reader.pendings({ ...filter, ids: ids.slice(at, at + AT_ONCE) });
  }
}

interface Found {
  count: number;
  bytes: number;
  messages: number;
  /** The last message. */
  last: number;
}

function count(pendings: Iterable<Pending>): Found {
  const found = { count: 0, bytes: 0, messages: 0, last: 0 };
  for (const { id, size } of pendings) {
    found.count++;
    if (id !== found.last) found.messages++;
    found.bytes += size;
    found.last = id;
  }
  return found;
}

function* firstOf<T>(items: Iterable<T>, most: number): Generator<T> {
  let count = 0;
  for (const item of items) {
    if (count++ >= most) return;
    yield item;
  }
}
