import { SpoolReader } from '../../spool/spool-reader.js';
import type { Undelivered, UndeliveredFilter } from '../../spool/undelivered.js';
import { moment, printable, utc } from '../format.js';
import { type Listing, list } from '../listing.js';
import type { Output } from '../output.js';
import { type Terminal, terminal } from '../terminal.js';

export interface UndeliveredQuestion {
  spoolPath: string;
  filter: UndeliveredFilter;
  limit: number | undefined;
  json: boolean;
}

/** Prints what left the spool without having been delivered, the latest first. */
export async function queueUndelivered(question: UndeliveredQuestion, out: Output): Promise<void> {
  const { spoolPath, filter, limit = Number.POSITIVE_INFINITY, json } = question;
  const reader = SpoolReader.open(spoolPath);
  try {
    const { account, since, until } = filter;
    const of = account === undefined ? '' : ` for ${account}`;
    const then = since === undefined && until === undefined ? '' : ' of that time';
    const total = (count: number) => {
      if (count === 0) return `nothing undelivered is on record${of}${then}`;
      return count < limit ? `${count} undelivered` : `${count} undelivered shown, the latest (--limit)`;
    };
    await list(reader.undelivered(filter, limit), { ...listing(terminal()), total }, json, out);
  } finally {
    reader.close();
  }
}

function listing(on: Terminal | null): Omit<Listing<Undelivered>, 'total'> {
  return {
    width: on?.columns,
    columns: [
      { title: 'LEFT' },
      { title: 'OUTCOME' },
      { title: 'FOR', flexible: true },
      { title: 'FROM', flexible: true },
      { title: 'TYPE', leaveOut: 2 },
      { title: 'RECEIVED', leaveOut: 1 },
    ],
    cells: one => [
      moment(one.endedAt),
      one.outcome,
      printable(one.account),
      printable(one.from),
      printable(one.type),
      moment(one.receivedAt),
    ],
    json: one => ({
      outcome: one.outcome,
      account: one.account,
      from: one.from,
      type: one.type,
      stanza_id: one.stanzaId,
      received_at: utc(one.receivedAt),
      ended_at: utc(one.endedAt),
      reason: one.reason,
      id: one.message,
    }),
  };
}
