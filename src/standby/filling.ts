import type { InheritedSession } from '../presence/inherited-session.js';
import type { Clock } from '../replay/clock.js';
import type { SpoolPort } from '../spool/client.js';
import type { HandedTo } from '../spool/content.js';
import type { QueueRecord } from '../spool/record.js';
import { type Exchange, NoAnswerError } from './exchange.js';
import { recordsOf } from './giving.js';
import { type Page, type PageOf, readPage, writeAgain, writePage, writeWant } from './words.js';

export interface FillingOptions {
  exchange: Pick<Exchange, 'ask'>;
  clock: Pick<Clock, 'date'>;
  spool: SpoolPort;
  /** What this spool has pending. */
  queue(): Iterator<QueueRecord>;
  /** These sessions are believed online by the other one. */
  inherit(sessions: readonly InheritedSession[]): void;
  /** They are believed to have these messages, which are in this spool now, and are to be asked for the proof. */
  hold(held: readonly HandedTo[]): void;
}

/** What is known of the respool that acts. */
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

/** The part of what came that may have been proved in the meantime. */
export interface Unsettled {
  /** By the other one's ids. */
  held: readonly number[];
  offset: number;
}

/**
 * Copies the other respool's state here, which has gone on while this one was away.
 * 1. It is given the messages from before it had all copies.
 * 2. All that it has comes here.
 * 3. What was here before goes: what the other one no longer has was proved, or ended otherwise.
 * Copies that come meanwhile reach both.
 * @throws NoAnswerError; nothing that was here is gone then but what was said in rooms
 * @returns what is to be looked at again
 */
export async function fill(options: FillingOptions, other: Known): Promise<Unsettled> {
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
  const since = { id: upTo, at: options.clock.date() + other.clockAhead - APART };
  const held: number[] = [];
  for await (const page of pages(options, 'queue')) {
    if (page.records.some(record => 'id' in record && record.id + offset > base + span))
      throw new NoAnswerError('too much has come meanwhile');
    await answered(spool.ask({ ask: 'restore', records: page.records, offset, since }));
    options.hold(heldIn(page, offset));
    for (const { id } of page.held) held.push(id);
  }
  const before = { upTo, keepFrom: base + 1, keepTo: base + span };
  const clear = () => answered(spool.ask({ ask: 'clear', before, limit: AT_ONCE }));
  for (let cleared = await clear(); cleared === AT_ONCE; ) cleared = await clear();
  return { held, offset };
}

/**
 * Looks again at what sessions had without proof when it came here: of its proof nothing may have been seen.
 * @throws NoAnswerError
 * @returns what is to be looked at once more
 */
export async function settle(options: FillingOptions, { held, offset }: Unsettled): Promise<Unsettled> {
  const { exchange, spool } = options;
  const still: number[] = [];
  for (let at = 0; at < held.length; at += AT_ONCE) {
    const ids = held.slice(at, at + AT_ONCE);
    const page = readPage(await exchange.ask('get', writeAgain(ids)));
    if (page === undefined) throw new NoAnswerError('an answer without a page');
    const pending = new Map(page.records.map(record => ['id' in record ? record.id : 0, record]));
    const owed = ids.map(id => {
      const record = pending.get(id);
      return { id: id + offset, owed: record?.record === 'message' ? record.owed : null };
    });
    await answered(spool.ask({ ask: 'narrow', owed, at: options.clock.date() }));
    for (const { id } of page.held) still.push(id);
  }
  return { held: still, offset };
}

/**
 * Looks again at which members of rooms have got what.
 * @throws NoAnswerError
 */
export async function settleRooms(options: FillingOptions, { offset }: Unsettled): Promise<void> {
  for await (const page of pages(options, 'structure')) {
    const members = page.records.filter(({ record }) => record === 'member');
    await answered(options.spool.ask({ ask: 'restore', records: members, offset }));
  }
}

function heldIn({ records, held }: Page, offset: number): HandedTo[] {
  const identities = new Map<number, string>();
  for (const record of records) if (record.record === 'message') identities.set(record.id, record.identity);
  return held.flatMap(({ id, jid }) => {
    const identity = identities.get(id);
    return jid === null || identity === undefined ? [] : [{ jid, id: id + offset, identity }];
  });
}

/** Gives the other one what was received here before it began to miss nothing. */
async function giveBack({ exchange, queue }: FillingOptions, until: number): Promise<void> {
  const older = before(queue(), until);
  for (let isLast = false; !isLast; ) {
    const page = recordsOf(older);
    await exchange.ask('set', writePage({ ...page, held: [] }));
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
