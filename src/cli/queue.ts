import { type Pending, SpoolReader } from '../spool/queries.js';
import { bytes, duration, moment, printable, utc } from './format.js';
import { type Listing, list } from './listing.js';
import type { Output } from './output.js';

export interface QueueQuestion {
  spoolPath: string;
  account: string | undefined;
  limit: number | undefined;
  json: boolean;
}

/** Prints what is pending, oldest first. */
export async function queueList(question: QueueQuestion, out: Output): Promise<void> {
  const { spoolPath, account, limit = Number.POSITIVE_INFINITY, json } = question;
  const reader = SpoolReader.open(spoolPath);
  try {
    let more = false;
    function* upToLimit() {
      let count = 0;
      for (const pending of reader.pendings(account)) {
        more = count++ >= limit;
        if (more) return;
        yield pending;
      }
    }
    const total = (count: number) => {
      if (count === 0)
        return account === undefined ? 'nothing is pending' : `nothing is pending for ${account}`;
      return more ? `${count} pending shown, there are more (--limit)` : `${count} pending`;
    };
    await list(upToLimit(), listing(Date.now(), total), json, out);
  } finally {
    reader.close();
  }
}

function listing(now: number, total: (count: number) => string): Listing<Pending> {
  return {
    total,
    columns: [
      { title: 'ID', align: 'right' },
      { title: 'ACCOUNT' },
      { title: 'DEVICE' },
      { title: 'FROM' },
      { title: 'TYPE' },
      { title: 'RECEIVED' },
      { title: 'EXPIRES' },
      { title: 'SIZE', align: 'right' },
    ],
    cells: pending => [
      String(pending.id),
      printable(pending.account),
      pending.resource === null ? '(any)' : printable(pending.resource),
      printable(pending.from),
      printable(pending.type),
      moment(pending.receivedAt),
      pending.expiresAt <= now ? 'now' : `in ${duration(pending.expiresAt - now)}`,
      bytes(pending.size),
    ],
    json: pending => ({
      id: pending.id,
      account: pending.account,
      device: pending.resource,
      from: pending.from,
      to: pending.to,
      type: pending.type,
      stanza_id: pending.stanzaId,
      received_at: utc(pending.receivedAt),
      expires_at: utc(pending.expiresAt),
      size: pending.size,
    }),
  };
}
