import type { Database } from 'better-sqlite3';
import { accountOf } from '../xmpp/jid.js';
import type { Account } from './accounts.js';
import type { NewMessage } from './content.js';
import { type Holder, type Holds, slotsOwed } from './holds.js';
import { commonSlots, type Slots } from './slots.js';

/** So many of an account's newest messages are looked at for one that is meant: nobody is to keep the spool busy. */
const LOOKED_AT = 500;

type Meaning = Pick<NewMessage, 'refersTo' | 'from' | 'to'>;

/**
 * Messages that mean another one (corrections, retractions, reactions) come after it: what ejabberd brings before it is
 * sent once more then, as these may be (XEP-0308, XEP-0424, XEP-0444: they say how something is to be, not what is to be
 * done to it). What they mean is never changed: nobody else than its writer can write it anew where it is encrypted.
 */
export class References {
  readonly #holds: Holds;
  readonly #find;
  readonly #owed;

  constructor(db: Database, holds: Holds) {
    this.#holds = holds;
    // the young ones are the newer
    this.#find = (['young', 'old'] as const).map(part =>
      db.prepare<[object], { id: number; sender: string; recipient: string }>(`
        SELECT id, sender, recipient FROM message WHERE stanza_id = @refersTo AND id IN
          (SELECT message FROM account_message_${part} WHERE account = @account ORDER BY message DESC LIMIT ${LOOKED_AT})
        ORDER BY id DESC`),
    );
    this.#owed = db.prepare<[number], Slots>('SELECT owed FROM message WHERE id = ?').pluck();
  }

  /** The message that another one means, of the same two people, as long as somebody is owed it; or null. */
  meantBy({ refersTo, from, to }: Meaning, account: Account): number | null {
    if (refersTo === null || account.messages === 0) return null;
    const people = pairOf(from, to);
    for (const find of this.#find) {
      for (const { id, sender, recipient } of find.all({ refersTo, account: account.id })) {
        if (pairOf(sender, recipient) === people) return id;
      }
    }
    return null;
  }

  /** Is a message, which is meant by another, still to come to a session? */
  isToCome(meant: number, holder: Holder): boolean {
    const owed = this.#owed.get(meant) ?? 0;
    return commonSlots(owed, slotsOwed(holder)) > 0 && !this.#holds.isHeld(meant, owed, holder);
  }
}

/** Who wrote to whom, whoever of both it was. */
function pairOf(from: string, to: string): string {
  return [from, to].map(accountOf).sort().join(' ');
}
