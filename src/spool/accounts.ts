import type { Database } from 'better-sqlite3';
import { domainOf } from '../xmpp/jid.js';
import { ownCopy } from '../xmpp/own-copy.js';
import type { Counters } from './counters.js';
import { Most } from './most.js';
import { SUM_OF_WEIGHTS } from './weight.js';

/** An account that has messages or devices in the spool. */
export interface Account {
  readonly id: number;
  readonly jid: string;
  readonly domain: string;
  /** How many messages are stored for it. */
  messages: number;
  /** What they weigh, in bytes. */
  weight: number;
  /** Whether its row says that it has messages; it goes on saying so for a while when it has none any more. */
  hasMessages: boolean;
  /** Its known devices. */
  devices: Device[];
  /** How many sessions refer to it, so that it stays in memory and in its row; see `occupied` and `vacated`. */
  readonly sessions: number;
}

/** A resource that comes back, or was seen once and may do so. */
export interface Device {
  readonly id: number;
  /** Its place in the sets of what is owed. */
  readonly slot: number;
  readonly resource: string;
  /** It has not come back yet. */
  onProbation: boolean;
}

type Row = Pick<Account, 'id' | 'jid'> & { hasMessages: 0 | 1 };

/** A device as it is stored. */
export interface DeviceRow extends Omit<Device, 'onProbation'> {
  probation: 0 | 1;
}

export function deviceOf({ id, slot, resource, probation }: DeviceRow): Device {
  return { id, slot, resource, onProbation: probation === 1 };
}

/** How many accounts without a session are kept in memory; the rest are read again when they are needed. */
const MOST_CACHED = 20_000;

/**
 * The account table: accounts of late are in memory with their devices and how many messages they have. A row does not
 * say how many, for then each message would change one: a page more to be written for it.
 */
export class Accounts {
  readonly #counters: Counters;
  readonly #most: Most;
  readonly #find;
  readonly #owed;
  readonly #devices;
  readonly #insert;
  readonly #countMessages;
  readonly #setHasMessages;
  readonly #delete;
  /** Those without a session, which may go from memory. */
  readonly #cached = new Map<string, Account>();
  /** Those with one, set apart so that nobody looks at them again and again to find who may go. */
  readonly #occupied = new Map<string, Account>();
  /** JIDs asked for of late that have no row: most writers are never written to. */
  readonly #unknown = new Set<string>();
  /** Whose rows may have to be written. */
  readonly #changed = new Set<Account>();
  /** Those that have come to have no messages. */
  readonly #emptied = new Set<Account>();
  /** By how much the messages of a domain have changed. */
  readonly #domains = new Map<string, number>();

  constructor(db: Database, counters: Counters) {
    this.#counters = counters;
    this.#most = new Most(db, counters);
    this.#find = db.prepare<[string], Row>(
      'SELECT id, jid, has_messages AS hasMessages FROM account WHERE jid = ?',
    );
    this.#owed = db.prepare<[number, number], Pick<Row, 'id' | 'jid'>>(
      'SELECT id, jid FROM account WHERE id > ? AND has_messages = 1 ORDER BY id LIMIT ?',
    );
    this.#devices = db.prepare<[number], DeviceRow>(
      'SELECT id, slot, resource, probation FROM device WHERE account = ?',
    );
    this.#insert = db.prepare<[string], Row>(
      'INSERT INTO account (jid, has_messages) VALUES (?, 0) RETURNING id, jid, has_messages AS hasMessages',
    );
    this.#setHasMessages = db.prepare<[0 | 1, number]>('UPDATE account SET has_messages = ? WHERE id = ?');
    this.#countMessages = db
      .prepare<[number], [number, number]>(
        `SELECT count(*), coalesce(${SUM_OF_WEIGHTS}, 0) FROM account_message WHERE account = ?`,
      )
      .raw();
    this.#delete = db.prepare<[{ id: number }]>(`
      DELETE FROM account WHERE id = @id AND NOT EXISTS (SELECT 1 FROM device WHERE account = @id)
        AND NOT EXISTS (SELECT 1 FROM account_message WHERE account = @id)`);
  }

  find(jid: string): Account | undefined {
    const cached = this.#cached.get(jid) ?? this.#occupied.get(jid);
    if (cached !== undefined) return cached;
    if (this.#unknown.has(jid)) return undefined;
    const row = this.#find.get(jid);
    if (row !== undefined) {
      const [messages, weight] = this.#countMessages.get(row.id) ?? [0, 0];
      return this.#cache(row, this.#devices.all(row.id).map(deviceOf), { messages, weight });
    }
    if (this.#unknown.size >= MOST_CACHED) this.#unknown.clear();
    this.#unknown.add(ownCopy(jid));
    return undefined;
  }

  findOrAdd(jid: string): Account {
    const known = this.find(jid);
    if (known !== undefined) return known;
    this.#unknown.delete(jid);
    return this.#cache(this.#insert.get(jid) as Row, [], { messages: 0, weight: 0 });
  }

  #cache(
    { id, jid, hasMessages }: Row,
    devices: Device[],
    stored: Pick<Account, 'messages' | 'weight'>,
  ): Account {
    const domain = domainOf(jid);
    const account = {
      ...{ id, jid, domain, devices, sessions: 0 },
      ...stored,
      hasMessages: hasMessages === 1,
    };
    this.#cached.set(jid, account);
    return account;
  }

  /** One more session refers to it. */
  occupied(account: Account): void {
    count(account, 1);
    if (account.sessions > 1) return;
    this.#cached.delete(account.jid);
    this.#occupied.set(account.jid, account);
  }

  /** One session fewer refers to it. */
  vacated(account: Account): void {
    count(account, -1);
    if (account.sessions > 0) return;
    this.#occupied.delete(account.jid);
    this.#cached.set(account.jid, account);
  }

  /** Those that have messages, so many from an id on. */
  owed(after: number, rows: number): { accounts: string[]; last: number | null } {
    const found = this.#owed.all(after, rows);
    return {
      accounts: found.map(({ jid }) => jid),
      last: found.length < rows ? null : (found.at(-1)?.id ?? null),
    };
  }

  /** Changes the number of messages of an account, and what they weigh. */
  count(account: Account, messages: number, weight = 0): void {
    account.messages += messages;
    account.weight += weight;
    if (messages !== 0) {
      this.#countForDomain(account.domain, messages);
      this.#most.setCount(account.id, account.messages);
    }
    // most have some before and after, which changes nothing in their rows
    if (account.messages === 0 || !account.hasMessages) this.#changed.add(account);
  }

  /** Writes what has changed; an account without messages and devices (a JID that nobody has) leaves no row. */
  write(): void {
    for (const account of this.#changed) {
      if (account.messages > 0) {
        if (!account.hasMessages) this.#writeFlag(account, true);
      } else if (account.sessions === 0 && this.#delete.run({ id: account.id }).changes > 0) {
        this.#cached.delete(account.jid);
        this.#emptied.delete(account); // its id may be another's next
      } else if (account.hasMessages) this.#emptied.add(account);
    }
    this.#changed.clear();
    for (const [domain, change] of this.#domains) {
      if (change !== 0) this.#counters.add(`domain.${domain}`, change);
    }
    this.#domains.clear();
    this.#most.write();
    this.#uncache();
  }

  /** Writes which accounts have no messages any more: not at once, for most get one again before long. And see Most. */
  sweep(): void {
    for (const account of this.#emptied) this.#writeIfEmpty(account);
    this.#emptied.clear();
    this.#most.sweep();
  }

  #writeIfEmpty(account: Account): void {
    if (account.messages === 0 && account.hasMessages) this.#writeFlag(account, false);
  }

  #writeFlag(account: Account, hasMessages: boolean): void {
    this.#setHasMessages.run(hasMessages ? 1 : 0, account.id);
    account.hasMessages = hasMessages;
  }

  #countForDomain(domain: string, change: number): void {
    this.#domains.set(domain, (this.#domains.get(domain) ?? 0) + change);
  }

  /** Keeps in memory no more than is meant to be there. */
  #uncache(): void {
    let over = this.#cached.size - MOST_CACHED;
    if (over <= 0) return;
    for (const [jid, account] of this.#cached) {
      if (over-- <= 0) break;
      this.#cached.delete(jid);
      this.#writeIfEmpty(account);
      this.#emptied.delete(account); // it is not followed any more
    }
  }
}

function count(account: { sessions: number }, change: 1 | -1): void {
  account.sessions += change;
}
