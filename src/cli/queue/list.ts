import type { QueueFilter } from '../../spool/filter.js';
import type { Pending } from '../../spool/pendings.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import { bytes, duration, moment, printable, utc } from '../format.js';
import { type Listing, list } from '../listing.js';
import type { Output } from '../output.js';
import { type Terminal, terminal } from '../terminal.js';

export interface QueueQuestion {
  spoolPath: string;
  filter: QueueFilter;
  limit: number | undefined;
  json: boolean;
  /** The ids alone, each once. */
  ids: boolean;
}

/** Terminals narrower than this show ages instead of moments. */
const WIDE = 120;

/** Prints what is pending, oldest first. */
export async function queueList(question: QueueQuestion, out: Output): Promise<void> {
  const { spoolPath, filter, limit, json, ids } = question;
  const reader = SpoolReader.open(spoolPath);
  try {
    const page = new Page(reader.pendings(filter), limit);
    if (ids) return await listIds(page.items(), out);
    const total = () => (page.count === 0 ? nothing(filter) : page.summary());
    await list(page.items(), listing(Date.now(), terminal(), total), json, out);
  } finally {
    reader.close();
  }
}

async function listIds(items: Iterable<Pending>, out: Output): Promise<void> {
  let last = 0;
  let piece = '';
  for (const { id } of items) {
    if (id === last) continue;
    last = id;
    piece += `${id}\n`;
    if (piece.length < PIECE) continue;
    await out.write(piece);
    piece = '';
  }
  await out.write(piece);
}

/** Written at once, in characters. */
const PIECE = 1 << 14;

/** Up to so many of what is pending, and what was seen of it. */
class Page {
  count = 0;
  readonly #pendings: Iterable<Pending>;
  readonly #limit: number;
  #bytes = 0;
  #onHold = 0;
  #last = 0;
  /** The last message of which all was shown. */
  #whole = 0;
  #next: Pending | null = null;

  constructor(pendings: Iterable<Pending>, limit = Number.POSITIVE_INFINITY) {
    this.#pendings = pendings;
    this.#limit = limit;
  }

  *items(): Generator<Pending> {
    for (const pending of this.#pendings) {
      if (pending.id !== this.#last) this.#whole = this.#last;
      if (this.count === this.#limit) {
        this.#next = pending;
        return;
      }
      this.count++;
      this.#bytes += pending.size;
      if (pending.onHold) this.#onHold++;
      this.#last = pending.id;
      yield pending;
    }
  }

  /** Where there are more it says from where: the ids begin at 1, so the same message may be shown again, not left out. */
  summary(): string {
    const held = this.#onHold === 0 ? '' : `, ${this.#onHold} on hold (!)`;
    if (this.#next === null) return `${this.count} pending, ${bytes(this.#bytes)}${held}`;
    const go = this.#whole > 0 ? `--after ${this.#whole}` : '--limit';
    return `${this.count} pending shown, ${bytes(this.#bytes)}${held}; there are more (${go})`;
  }
}

function nothing({ account, after, ...others }: QueueFilter): string {
  const isFiltered = after !== undefined || Object.values(others).some(value => value !== undefined);
  const of = account === undefined ? '' : ` for ${account}`;
  return `nothing${isFiltered ? ' that fits' : ''} is pending${of}`;
}

function listing(now: number, on: Terminal | null, total: () => string): Listing<Pending> {
  const narrow = on !== null && on.columns < WIDE;
  const received = (at: number) => (narrow ? `${duration(Math.max(0, now - at))} ago` : moment(at));
  return {
    total,
    width: on?.columns,
    columns: [
      { title: 'ID', align: 'right' },
      { title: 'ACCOUNT', flexible: true },
      { title: 'DEVICE', flexible: true },
      { title: 'FROM', flexible: true },
      { title: 'TYPE', leaveOut: 3 },
      { title: 'RECEIVED' },
      { title: 'EXPIRES', leaveOut: 1 },
      { title: 'SIZE', align: 'right', leaveOut: 2 },
    ],
    cells: pending => [
      `${pending.onHold ? '!' : ''}${pending.id}`,
      printable(pending.account),
      pending.resource === null ? '(any)' : printable(pending.resource),
      printable(pending.from),
      printable(pending.type),
      received(pending.receivedAt),
      pending.onHold
        ? 'on hold'
        : pending.expiresAt <= now
          ? 'now'
          : `in ${duration(pending.expiresAt - now)}`,
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
      on_hold: pending.onHold,
    }),
  };
}
