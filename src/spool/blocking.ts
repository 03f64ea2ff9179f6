import { bareOf, parseJid } from '../xmpp/jid.js';
import { LATEST } from '../xmpp/stamp.js';
import type { Account } from './accounts.js';
import type { Command } from './command.js';
import type { Parts } from './parts.js';

/** What came back is tried again after so long, in ms: nobody may have told that its sender is blocked no more. */
const TRIED_AGAIN = 86_400_000;
/** Until somebody says that he is not. */
const BLOCKED = LATEST;

/** Messages of those whom an account has blocked since they were written wait, and expire as any. */
export class Blocking {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** An account blocks others than before. */
  changed({ account: jid, change, jids }: Extract<Command, { do: 'blocks' }>): void {
    const account = this.#parts.accounts.find(jid);
    if (account === undefined || account.messages === 0) return;
    const named = new Set(jids);
    switch (change) {
      case 'more':
        return this.#set(account, sender => (isAmong(named, sender) ? BLOCKED : null));
      case 'fewer':
        return this.#set(account, sender => (named.size === 0 || isAmong(named, sender) ? 0 : null));
      case 'these':
        return this.#set(account, sender => (isAmong(named, sender) ? BLOCKED : 0));
      case 'anew':
        return this.#set(account, () => 0);
      case 'else':
        return this.#set(account, (_, until) => (until === BLOCKED ? null : 0));
    }
  }

  /** A replay came back to its sender: it is not proved, and no other of his is sent until one is tried again. */
  filtered({ session, sender, identity, at }: Extract<Command, { do: 'filtered' }>): void {
    const { holds, messages } = this.#parts;
    const holder = holds.get(session);
    if (holder === undefined) return;
    const { account } = holder;
    const cameBack = messages.stored
      .alike(account, identity)
      .filter(id => holds.wayOf(holder, id) === 'replay');
    for (const id of cameBack) holds.takeOne(holder, id);
    if (cameBack.every(id => messages.stored.heldUntil(id) > at)) return; // so are all of his
    const until = Math.min(BLOCKED - 1, at + TRIED_AGAIN);
    this.#set(account, (one, before) => (bareOf(one) === sender && before < until ? until : null));
  }

  /** @param untilOf says until when a message of this sender is held back; null: as long as before */
  #set(account: Account, untilOf: (sender: string, before: number) => number | null): void {
    const { messages } = this.#parts;
    for (const { id, sender, heldUntil } of messages.stored.received(account)) {
      const until = untilOf(parseJid(sender)?.full ?? sender, heldUntil);
      if (until !== null && until !== heldUntil) messages.holdBack(id, until);
    }
  }
}

/** XEP-0191 (and XEP-0016, section 2.1): a JID stands for itself, for its resources, and a domain for all that is there. */
function isAmong(blocked: ReadonlySet<string>, sender: string): boolean {
  const bare = bareOf(sender);
  const resource = sender.slice(bare.length);
  const domain = bare.slice(bare.indexOf('@') + 1);
  return [sender, bare, domain + resource, domain].some(jid => blocked.has(jid));
}
