import { isInUse, SpoolReader, type Stats } from '../spool/queries.js';
import { bytes, duration, moment, utc } from './format.js';
import type { Output } from './output.js';

/** Prints what the daemon has counted and what is in the spool. */
export async function stats(spoolPath: string, json: boolean, out: Output): Promise<void> {
  const reader = SpoolReader.open(spoolPath);
  try {
    const counted = reader.stats();
    const running = isInUse(spoolPath);
    if (json) await out.line(JSON.stringify(asJson(counted, running), null, 2));
    else await out.write(asText(counted, running, Date.now()));
  } finally {
    reader.close();
  }
}

function asJson(counted: Stats, running: boolean) {
  return {
    running,
    connected: running && counted.connected,
    started_at: utc(counted.startedAt),
    last_copy_at: utc(counted.lastCopyAt),
    copies: counted.copies,
    forged: counted.forged,
    unreadable: counted.unreadable,
    stored: counted.stored,
    messages: counted.outcomes,
    bounced: counted.bounced,
    pending: counted.pending,
    oldest_pending_at: utc(counted.oldestAt),
    spool_bytes: counted.bytes,
  };
}

function asText(counted: Stats, running: boolean, now: number): string {
  const since = (at: number | null) => (at === null ? 'never' : `${moment(at)} (${duration(now - at)} ago)`);
  const connected = counted.connected ? 'running, connected' : 'running, not connected: see its log';
  const rows: [string, string | number][] = [
    ['daemon', running ? connected : 'not running'],
    ['last started', since(counted.startedAt)],
    ['last copy', since(counted.lastCopyAt)],
    ...Object.entries(counted.copies).map(([kind, count]): [string, number] => [`copies: ${kind}`, count]),
    ['copies: forged', counted.forged],
    ['copies: unreadable', counted.unreadable],
    ['messages stored', counted.stored],
    ...Object.entries(counted.outcomes).map(([name, count]): [string, number] => [`messages ${name}`, count]),
    ['bounced, kept', counted.bounced],
    ['pending', counted.pending],
    ['oldest pending', counted.oldestAt === null ? 'none' : since(counted.oldestAt)],
    ['spool in use', bytes(counted.bytes)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(19)} ${value}\n`).join('');
}
