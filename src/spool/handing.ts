import type { Verdict } from '../tap/bounce.js';
import type { Account } from './accounts.js';
import { STORED_CAUSE, type StoredCause } from './cause.js';
import type { Command } from './command.js';
import type { Holder } from './holder.js';
import type { Parts } from './parts.js';
import type { Storing } from './storing.js';

/** Why a message was not delivered, by what its bounce says. */
const CAUSE_OF: Readonly<Record<Exclude<Verdict, 'refused'>, StoredCause>> = {
  lost: STORED_CAUSE.session,
  full: STORED_CAUSE.full,
  unreachable: STORED_CAUSE.server,
  failed: STORED_CAUSE.purge,
};

/** What ejabberd does with a message: it hands it to a session, or returns it. */
export class Handing {
  readonly #parts: Parts;
  readonly #storing: Storing;

  constructor(parts: Parts, storing: Storing) {
    this.#parts = parts;
    this.#storing = storing;
  }

  /** ejabberd has handed a message to a session. */
  hand(command: Extract<Command, { do: 'hand' }>): void {
    const { way, identity, message } = command;
    const holder = this.#parts.holds.get(command.session);
    const account =
      message === null
        ? this.#parts.accounts.find(command.account)
        : this.#parts.accounts.findOrAdd(command.account);
    if (account === undefined) return;
    const known = command.fresh ? undefined : this.#find(account, command, holder);
    if (
      known === undefined &&
      (way === 'flood' || way === 'resent') &&
      this.#parts.messages.endedOfLate.has(account.id, identity)
    )
      return;
    const id = known ?? (message === null ? undefined : this.#storing.store(account, message));
    if (id === undefined) return;
    this.#parts.underWay.end(id); // it has been routed
    if (holder === undefined) return;
    const meant = command.refers === true ? this.#toCome(id, holder) : null;
    if (meant !== null && !this.#parts.references.replaces(id, meant)) return; // it goes there once more after that
    this.#parts.holds.hold(holder, command.group, id, way);
    if (meant !== null) this.#parts.holds.holdReplaced(holder, command.group, meant, way);
    this.#parts.forms.holdsEvent(holder, command.group, id, identity, way);
  }

  /** The message that this one means, where it is still to come to the session; or null. */
  #toCome(id: number, holder: Holder): number | null {
    const meant = this.#parts.messages.stored.meantBy(id);
    return meant !== null && this.#parts.references.isToCome(meant, holder) ? meant : null;
  }

  /**
   * Which of equal messages a copy stands for. A live copy: the newest, for it was just sent. A stored one: the oldest
   * that the session has not had. If it has had them all, one with an id is the last of them, and one without an id is
   * a new message.
   */
  #find(
    account: Account,
    hand: Extract<Command, { do: 'hand' }>,
    holder: Holder | undefined,
  ): number | undefined {
    if (hand.way === 'live' || hand.way === 'carbon') {
      const newest = this.#parts.messages.stored.newest(account, hand.identity);
      if (newest !== undefined || hand.message !== null) return newest;
      return this.#parts.messages.stored.alike(account, hand.identity).at(-1);
    }
    const alike = this.#parts.messages.stored.alike(account, hand.identity);
    // one that a session had which has ended, it may be under this very JID
    if (hand.way === 'resent') {
      return (
        alike.find(id => holder?.held.get(id) !== hand.group && this.#parts.holds.countOf(id, account) > 0) ??
        alike.at(-1)
      );
    }
    const notHad = alike.find(id => holder === undefined || !holder.held.has(id));
    // each way brings each message once, but two may bring the same
    const otherwise = () => alike.find(id => this.#parts.holds.wayOf(holder, id) !== hand.way);
    if (notHad === undefined && holder !== undefined && otherwise() !== undefined) return otherwise();
    return notHad ?? (hand.message?.stanzaId === null ? undefined : alike.at(-1));
  }

  /** ejabberd has returned a message: it is kept, or refused. */
  bounce(command: Extract<Command, { do: 'bounce' }>): void {
    const account = this.#parts.accounts.find(command.account);
    if (account === undefined) return;
    const alike = this.#parts.messages.stored.alike(account, command.identity);
    const id = alike.find(one => this.#parts.holds.countOf(one, account) > 0) ?? alike.at(-1);
    if (id === undefined) return;
    this.#letGo(id, account, command);
    this.#parts.underWay.end(id);
    this.#parts.journal.note(command.verdict === 'refused' ? 'refused' : 'bounced', { id, at: command.at });
    if (command.verdict === 'refused') this.#parts.messages.end(account, id, 'refused', command.at);
    else {
      this.#parts.ledger.bounced();
      this.#parts.messages.setCause(id, CAUSE_OF[command.verdict]);
      this.#parts.rewritten.returned(account, id, command.at);
    }
  }

  /** Who holds it has it no more: of what was for one session (a replay is), that one alone. */
  #letGo(id: number, account: Account, { resource, verdict }: Extract<Command, { do: 'bounce' }>): void {
    const { holds } = this.#parts;
    if (resource !== null && verdict === 'lost') {
      const jid = `${account.jid}/${resource}`;
      const holder = holds.holdersOf(id, account).find(one => one.jid === jid);
      if (holder !== undefined) holds.takeOne(holder, id);
    } else if (!this.#isOfOne(id, account, verdict)) holds.letGo(id, account);
  }

  /** Several had the message, of whom one has lost it: each that holds it now is asked for its proof anyway. */
  #isOfOne(id: number, account: Account, verdict: Verdict): boolean {
    const hasEnded = this.#parts.messages.stored.cause(id) === STORED_CAUSE.session;
    return verdict === 'lost' && this.#parts.holds.countOf(id, account) + (hasEnded ? 1 : 0) > 1;
  }
}
