import type { Database } from 'better-sqlite3';
import { replacesAnother } from '../rules/ruling.js';
import { accountOf } from '../xmpp/jid.js';
import { readPayload } from '../xmpp/payload.js';
import type { Account } from './accounts.js';
import type { NewMessage } from './content.js';
import { type Holder, slotsOwed } from './holder.js';
import type { Holds } from './holds.js';
import { commonSlots, type Slots } from './slots.js';

/** So many of an account's newest messages are looked at for one that is meant: nobody is to keep the spool busy. */
const LOOKED_AT = 500;

type Meaning = Pick<NewMessage, 'refersTo' | 'from' | 'to'>;

/**
 * Messages that mean another one come after it. Where ejabberd brings such a message before the other one, respool
 * sends a reaction (XEP-0444) once more after that. A correction (XEP-0308) or a retraction (XEP-0424) takes the place
 * of the other message, which is then not sent: clients drop a correction that they know by its id, and would show both
 * texts.
 */
export class References {
  readonly #holds: Holds;
  readonly #find;
  readonly #owed;
  readonly #text;

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
    this.#text = db.prepare<[number], Text>('SELECT sender, room, payload FROM message WHERE id = ?');
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

  /** Does a message stand in the place of the one that it means? That has the same writer then. */
  replaces(id: number, meant: number): boolean {
    const [text, other] = [this.#text.get(id), this.#text.get(meant)];
    if (text === undefined || other === undefined || writerOf(text) !== writerOf(other)) return false;
    const message = readPayload(text.payload, {});
    return message !== null && replacesAnother(message);
  }

  /** Is a message, which is meant by another, still to come to a session? */
  isToCome(meant: number, holder: Holder): boolean {
    const owed = this.#owed.get(meant) ?? 0;
    return commonSlots(owed, slotsOwed(holder)) > 0 && !this.#holds.isHeld(meant, owed, holder);
  }
}

interface Text {
  readonly sender: string;
  /** Of which it is private, where it is. */
  readonly room: string | null;
  readonly payload: string;
}

/** In a room each nick is somebody else; else all resources of an account are one. */
function writerOf({ sender, room }: Text): string {
  return room === null ? accountOf(sender) : sender;
}

/** Who wrote to whom, whoever of both it was. */
function pairOf(from: string, to: string): string {
  return [from, to].map(accountOf).sort().join(' ');
}
