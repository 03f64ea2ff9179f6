import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { accountOf } from '../xmpp/jid.js';
import { ownCopy } from '../xmpp/own-copy.js';
import type { Account } from './accounts.js';
import type { Held } from './held.js';
import { bare, knowNames, normal } from './names.js';
import { inOrder } from './order.js';

/** How many an account has of one sender, and some of the oldest of those. */
interface Share {
  count: number;
  oldest: Held[];
}

/** So many senders of all accounts together are counted. */
const MOST_COUNTED = 100_000;
/** So many of the oldest of a sender are read at once. */
const READ_AT_ONCE = 100;
/** A longer name is counted under a hash of it. */
const LONGEST_NAME = 100;

/**
 * How many messages accounts have of each sender, by bare JID. It is counted for those accounts alone that have so many
 * that a sender may have too many.
 */
export class Senders {
  /** By the account's id; the one that was asked of last is the last. */
  readonly #accounts = new Map<number, Map<string, Share>>();
  #counted = 0;
  readonly #statements;

  constructor(db: Database) {
    knowNames(db);
    const isFrom = `${bare(normal('sender'))} = @sender`;
    this.#statements = {
      all: db.prepare<[number], { sender: string }>(
        'SELECT sender FROM message WHERE id IN (SELECT message FROM account_message WHERE account = ?)',
      ),
      sender: db.prepare<[number], string>('SELECT sender FROM message WHERE id = ?').pluck(),
      oldest: db.prepare<[object], Held>(inOrder('sender, one.size', '@account', isFrom)),
    };
  }

  /** A message of this sender was added. */
  added(account: Account, sender: string): void {
    const shares = this.#accounts.get(account.id);
    if (shares !== undefined) this.#add(shares, sender);
  }

  /** A message is about to be removed. */
  removing(account: Account, id: number): void {
    const shares = this.#accounts.get(account.id);
    if (shares === undefined) return;
    const sender = this.#statements.sender.get(id);
    const key = sender === undefined ? undefined : keyOf(accountOf(sender));
    const share = key === undefined ? undefined : shares.get(key);
    if (key === undefined || share === undefined || --share.count > 0) return;
    shares.delete(key);
    this.#counted--;
  }

  /** What this account has is counted again when it is next asked for. */
  forget({ id }: Account): void {
    this.#counted -= this.#accounts.get(id)?.size ?? 0;
    this.#accounts.delete(id);
  }

  /** How many messages the account has of this sender, a JID. */
  count(account: Account, sender: string): number {
    return this.#of(account).get(keyOf(accountOf(sender)))?.count ?? 0;
  }

  /** The oldest message that the account has of this sender. */
  oldest(account: Account, sender: string): Held | undefined {
    const writer = accountOf(sender);
    const share = this.#of(account).get(keyOf(writer));
    if (share === undefined) return undefined;
    for (let one = share.oldest.shift(); one !== undefined; one = share.oldest.shift()) {
      if (this.#statements.sender.get(one.id) !== undefined) return one; // others have gone meanwhile
    }
    const page = { account: account.id, sender: writer, limit: READ_AT_ONCE };
    share.oldest = this.#statements.oldest.all(page).map(one => ({ ...one, sender: writer }));
    return share.oldest.shift();
  }

  #of(account: Account): Map<string, Share> {
    let shares = this.#accounts.get(account.id);
    if (shares !== undefined) this.#accounts.delete(account.id);
    else {
      shares = new Map();
      for (const { sender } of this.#statements.all.iterate(account.id)) this.#add(shares, sender);
    }
    this.#accounts.set(account.id, shares);
    for (const [oldest, { size }] of this.#accounts) {
      if (this.#counted <= MOST_COUNTED || oldest === account.id) break;
      this.#accounts.delete(oldest);
      this.#counted -= size;
    }
    return shares;
  }

  #add(shares: Map<string, Share>, sender: string): void {
    const key = keyOf(accountOf(sender));
    const known = shares.get(key);
    if (known !== undefined) known.count++;
    else {
      shares.set(ownCopy(key), { count: 1, oldest: [] });
      this.#counted++;
    }
  }
}

function keyOf(bare: string): string {
  return bare.length <= LONGEST_NAME ? bare : createHash('sha256').update(bare).digest('base64');
}
