import type { InheritedSession } from '../presence/session.js';
import type { SpoolPort } from '../spool/client.js';
import type { QueueRecord } from '../spool/record.js';
import { type Exchange, NoAnswerError } from './exchange.js';
import { recordsOf } from './giving.js';
import { type Page, type PageOf, readPage, writePage, writeWant } from './words.js';

export interface FillingOptions {
  exchange: Pick<Exchange, 'ask'>;
  spool: SpoolPort;
  /** What this spool has pending. */
  queue(): Iterator<QueueRecord>;
  /** These sessions are believed online by the other one. */
  inherit(sessions: readonly InheritedSession[]): void;
}

/** How the one that acts stands. */
export interface Known {
  /** Since when it has missed nothing, in ms since 1970 of its clock; null: since ever. */
  since: number | null;
  /** How much later its clock is, in ms. */
  clockAhead: number;
}

/** Ids kept for what comes in while the pages are read. */
const SPARE_IDS = 1_000_000;
/** Messages forgotten in one transaction. */
const AT_ONCE = 500;
/** Two machines that saw the same copy have received it within this time, in ms. */
const APART = 5_000;

/**
 * Makes a spool what the other respool's is, which has gone on while this one was away. First the other one is given what
 * it cannot know, from before it missed nothing. Then all that it has comes here, and what was here before goes: what
 * the other one has no more has been proved, or has ended otherwise. What comes meanwhile is seen by both.
 * @throws NoAnswerError, SpoolUnavailable; nothing that was here is gone then
 */
export async function fill(options: FillingOptions, other: Known): Promise<void> {
  const { spool, inherit } = options;
  if (other.since !== null) await giveBack(options, other.since - other.clockAhead + APART);
  const structure = pages(options, 'structure');
  const first = await structure.next();
  if (first.done === true || first.value.ids === undefined) throw new NoAnswerError('no page has come');
  const { ids, sessions = [], records } = first.value;
  const span = Math.max(0, ids.last - ids.first + 1) + SPARE_IDS;
  const base = await answered(spool.ask({ ask: 'reserve', ids: span }));
  const offset = base + 1 - ids.first;
  await answered(spool.ask({ ask: 'clear-rooms' }));
  await answered(spool.ask({ ask: 'restore', records, offset }));
  for await (const page of structure) {
    await answered(spool.ask({ ask: 'restore', records: page.records, offset }));
  }
  inherit(sessions);
  const upTo = await answered(spool.ask({ ask: 'reserve', ids: 0 }));
  const since = { id: upTo, at: Date.now() + other.clockAhead - APART };
  for await (const page of pages(options, 'queue')) {
    if (page.records.some(record => 'id' in record && record.id + offset > base + span))
      throw new NoAnswerError('too much has come meanwhile');
    await answered(spool.ask({ ask: 'restore', records: page.records, offset, since }));
  }
  const before = { upTo, keepFrom: base + 1, keepTo: base + span };
  while ((await answered(spool.ask({ ask: 'clear', before, limit: AT_ONCE }))) === AT_ONCE) {
    // until nothing is left
  }
}

/** Gives the other one what was received here before it began to miss nothing. */
async function giveBack({ exchange, queue }: FillingOptions, until: number): Promise<void> {
  const older = before(queue(), until);
  for (let isLast = false; !isLast; ) {
    const page = recordsOf(older);
    await exchange.ask('set', writePage(page));
    isLast = page.last;
  }
}

/** What was said in rooms is left out: who of the others has it cannot be told. */
function* before(records: Iterator<QueueRecord>, until: number): Generator<QueueRecord> {
  for (let next = records.next(); next.done !== true; next = records.next()) {
    const { value } = next;
    if ((value.record === 'message' || value.record === 'remote') && value.received_at < until) yield value;
  }
}

async function* pages({ exchange }: FillingOptions, of: PageOf): AsyncGenerator<Page, undefined> {
  for (let nth = 0; ; nth++) {
    const page = readPage(await exchange.ask('get', writeWant(of, nth)));
    if (page === undefined) throw new NoAnswerError('an answer without a page');
    yield page;
    if (page.last) return undefined;
  }
}

/** @throws where the spool cannot be written */
async function answered<Reply>(reply: Promise<Reply | undefined>): Promise<Reply> {
  const known = await reply;
  if (known === undefined) throw new NoAnswerError('the spool cannot be written');
  return known;
}
