import type { Database } from 'better-sqlite3';
import type { Way } from '../tap/event.js';
import type { Account, Accounts } from './accounts.js';
import { causeOf, type StoredCause } from './cause.js';
import type { NewMessage, Outcome } from './content.js';
import { EndedOfLate } from './ended-of-late.js';
import { Identities } from './identities.js';
import type { Ledger } from './ledger.js';
import { type MessageStatements, prepare, type Row } from './message-statements.js';
import { Order } from './order.js';
import { Senders } from './senders.js';
import { ACCOUNT_SLOT, commonSlots, countSlots, hasSlot, type Slots, slotsOf } from './slots.js';
import { StoredMessages } from './stored-messages.js';
import { sizeOf, weightOf } from './weight.js';
import { Weights } from './weights.js';

/** Name of the counter that holds the last id given, so that no id is ever given twice. */
const LAST_ID = 'last_message_id';

/** The message table, and what is counted as rows come and go. */
export class Messages {
  /** What each account has, by its id. */
  readonly weights: Weights<number>;
  readonly senders: Senders;
  readonly stored: StoredMessages;
  readonly #accounts: Accounts;
  readonly #ledger: Ledger;
  readonly #statements: MessageStatements;
  readonly endedOfLate: EndedOfLate;
  readonly #identities: Identities;
  readonly #order: Order;
  #lastId: number;

  constructor(db: Database, accounts: Accounts, ledger: Ledger) {
    this.#accounts = accounts;
    this.#ledger = ledger;
    this.endedOfLate = new EndedOfLate(db);
    this.#identities = new Identities(db);
    this.#order = new Order(db, ledger.counters);
    this.#statements = prepare(db);
    this.stored = new StoredMessages(this.#statements, this.#order, this.#identities);
    this.weights = new Weights(() => this.#statements.weights.all());
    this.senders = new Senders(db);
    this.#lastId = ledger.counters.read(LAST_ID);
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** After a batch: the order of what came has a part to be written. */
  age(): void {
    this.#order.age(this.#lastId);
  }

  /** The next id, for messages of all kinds come in one order. */
  nextId(): number {
    this.#ledger.counters.add(LAST_ID, 1);
    return ++this.#lastId;
  }

  /** Keeps so many ids for what is imported. Returns the last one before them. */
  reserve(ids: number): number {
    const last = this.#lastId;
    this.#ledger.counters.add(LAST_ID, ids);
    this.#lastId += ids;
    return last;
  }

  /** Stores a message that is owed to these slots. */
  add(
    account: Account,
    message: NewMessage,
    owed: Slots,
    { pushed = 0, id = this.nextId(), means = null }: Added = {},
  ): number {
    const sent = message.sentBy === null ? 0 : 1;
    const { room, identity, from, to, type, stanzaId, lang, payload } = message;
    const { receivedAt, stamp, expiresAt } = message;
    const size = sizeOf(payload, from, to, stanzaId, identity, room, type, lang);
    // By place: binding 19 parameters by name costs more than the rest of the insertion.
    // biome-ignore format: as in the statement
    this.#statements.insert.run(
      id, account.id, owed, sent, pushed, room, identity, from, to, type, stanzaId, lang, payload,
      receivedAt, stamp, expiresAt, size, message.counts ? 0 : 1, means,
    );
    this.senders.added(account, from);
    this.#added(account, { id, identity, owed, receivedAt, size });
    return id;
  }

  /** Stores the newest message of this identity once more. */
  addAgain(account: Account, identity: string, at: number, owed: Slots): number | undefined {
    const original = this.stored.newest(account, identity);
    if (original === undefined) return undefined;
    const id = this.nextId();
    const size = this.#statements.repeat.get({ id, original, at, owed }) as number;
    this.senders.forget(account);
    this.#added(account, { id, identity, owed, receivedAt: at, size });
    return id;
  }

  /** It is known now why ejabberd did not deliver a message. */
  setCause(id: number, cause: StoredCause): void {
    this.#statements.setCause.run(cause, id);
  }

  /** A message goes to nobody before that date. */
  holdBack(id: number, until: number): void {
    this.#statements.holdBack.run(until, id);
  }

  /** A message has more time, as a date in ms. */
  prolong(id: number, until: number): void {
    this.#statements.prolong.run(until, id);
  }

  /** A device of its account has proved it. */
  setHad(id: number): void {
    this.#statements.setHad.run(id);
  }

  /**
   * Changes what is known of pushes for the oldest message of an identity with this state, of those that came of late.
   * Returns false if there is none.
   */
  setPushed(account: Account, identity: string, from: Pushed, to: Pushed): boolean {
    const alike = this.#identities.recent(account, identity);
    return alike.some(id => this.#statements.setPushed.run(to, id, from).changes > 0);
  }

  /**
   * A device has proved a message: these slots are owed it no more, and it goes when no slot is left.
   * @param way by which it came to the device
   * @returns false where it was owed to none of them
   */
  settle(account: Account, id: number, slots: Slots, way: Way | 'replay', at: number): boolean {
    const row = this.stored.row(id);
    const settled = row === undefined ? 0 : commonSlots(row.owed, slots);
    if (row === undefined || settled === 0) return false;
    if (settled === row.owed) {
      this.#remove(account, id, row);
      // what came live, mod_offline never had
      if (row.hasId === 1) this.endedOfLate.add(account.id, row.identity, way !== 'live' && way !== 'carbon');
    } else this.#statements.settle.run(settled, id);
    const cause = hasSlot(settled, ACCOUNT_SLOT) ? causeOf(row.cause) : 'device';
    this.#ledger.arrived(outcomeOf(way), { owing: owingOf(row, settled), cause, at });
    return true;
  }

  /** Removes a message that was not delivered, and keeps a line about it. */
  end(account: Account, id: number, outcome: Exclude<Outcome, 'delivered' | 'replayed'>, at: number): void {
    const row = this.stored.row(id);
    if (row === undefined) return;
    this.#statements.keepLine.run({ id, outcome, at, account: account.jid });
    this.#remove(account, id, row);
    // else mod_offline's flood would bring it, and it would be owed to the other devices again
    if (outcome === 'dropped' && row.hasId === 1) this.endedOfLate.add(account.id, row.identity, true);
    const isWanted = row.passing === 0 && hasSlot(row.owed, ACCOUNT_SLOT) && row.heldUntil <= at;
    const isLost = (outcome === 'expired' || outcome === 'evicted') && isWanted;
    this.#ledger.ended(outcome, { owing: { ...owingOf(row), at }, lost: isLost ? at : null });
  }

  /**
   * These slots are not to get a message, and a line is kept about it for `whom`.
   * @returns how many of them were owed it
   */
  drop(account: Account, id: number, slots: Slots, whom: string, at: number): number {
    const row = this.stored.row(id);
    const dropped = row?.account === account.id ? commonSlots(row.owed, slots) : 0;
    if (row === undefined || dropped === 0) return 0;
    if (dropped === row.owed) this.end(account, id, 'dropped', at);
    else {
      this.#statements.keepLine.run({ id, outcome: 'dropped', at, account: whom });
      this.#statements.clear.run(dropped, id);
      this.#ledger.ended('dropped', { owing: { ...owingOf(row, dropped), at } });
    }
    return countSlots(dropped);
  }

  /** Removes a message without a line about it: its account is to be forgotten. */
  forget(account: Account, id: number): void {
    const row = this.stored.row(id);
    if (row === undefined) return;
    this.#remove(account, id, row);
    this.#ledger.forgotten(owingOf(row));
  }

  /** A device is known no more: what was owed to it alone goes. */
  forgetSlot(account: Account, slot: number): void {
    const set = slotsOf([slot]);
    const owed = this.#statements.countOwed.all(account.id, set);
    for (const { id, identity, size } of this.#statements.deleteOwedAlone.all(account.id, set)) {
      this.#removed(account, id, { identity, size });
    }
    this.senders.forget(account);
    this.#statements.clearSlot.run(set, account.id, set);
    for (const { receivedAt, count: pendings } of owed) this.#ledger.forgotten({ receivedAt, pendings });
  }

  #remove(account: Account, id: number, row: Row): void {
    this.senders.removing(account, id);
    this.#statements.delete.run(id);
    this.#removed(account, id, row);
  }

  #removed(account: Account, id: number, { identity, size }: Pick<Row, 'identity' | 'size'>): void {
    const weight = weightOf(size);
    this.#identities.remove(account, identity, id);
    this.#accounts.count(account, -1, -weight);
    this.weights.add(account.id, -weight);
  }

  #added(
    account: Account,
    added: Pick<Row, 'identity' | 'owed' | 'receivedAt' | 'size'> & { id: number },
  ): void {
    const weight = weightOf(added.size);
    this.#identities.add(account, added.identity, added.id);
    this.#order.added();
    this.#accounts.count(account, 1, weight);
    this.weights.add(account.id, weight);
    this.#ledger.entered(owingOf(added));
  }
}

/** What is owed of a message to these slots. */
function owingOf({ receivedAt, owed }: Pick<Row, 'receivedAt' | 'owed'>, slots = owed) {
  return { receivedAt, pendings: countSlots(slots) };
}

export function outcomeOf(way: Way | 'replay'): 'delivered' | 'replayed' {
  return way === 'replay' ? 'replayed' : 'delivered';
}

/**
 * Whether mod_push_offline has shown a message. 0: no. 1: yes. 2: yes, but the copy of its sending is still to come.
 */
export type Pushed = 0 | 1 | 2;

/** What is known of a message that is added. */
interface Added {
  pushed?: Pushed;
  id?: number;
  means?: number | null;
}
