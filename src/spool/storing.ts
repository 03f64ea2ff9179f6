import type { Account } from './accounts.js';
import type { Command } from './command.js';
import type { NewMessage } from './content.js';
import { end } from './ending.js';
import type { Pushed } from './messages.js';
import type { Parts } from './parts.js';
import { Quotas } from './quotas.js';
import { ACCOUNT_SLOT, type Slots, slotsOf } from './slots.js';

/** What comes in: to whom it is owed, and what has to go for it. */
export class Storing {
  readonly #parts: Parts;
  readonly #quotas: Quotas;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { messages, limits, evictions } = parts;
    this.#quotas = new Quotas(messages, limits, (account, { id, sender, size }, quota, at) => {
      evictions.add(quota, account.jid, sender, size);
      end(parts, account, id, 'evicted', at);
    });
  }

  /** The limits have changed. */
  limit(): void {
    this.#quotas.limit(this.#parts.limits);
  }

  /** The message of this identity was sent once more. */
  storeAgain({ account: jid, identity, at }: Extract<Command, { do: 'store-again' }>): void {
    const { accounts, messages, journal } = this.#parts;
    const account = accounts.find(jid);
    if (account === undefined) return;
    const id = messages.addAgain(account, identity, at, this.#owedTo(account, null));
    if (id !== undefined) journal.note('stored', { id, at });
  }

  /** A message was sent: its account is owed it, and the writer's other devices. */
  storeSent({ message, writer, again = false }: Extract<Command, { do: 'store' }>): void {
    const isToSelf = writer?.account === message.account;
    this.#storeNew(message, again, isToSelf ? writer.resource : null);
    if (writer === undefined || isToSelf) return;
    this.#storeNew({ ...message, account: writer.account, sentBy: writer.resource, alone: false }, again);
  }

  /** The same message comes by two ways, in either order; where it has no id, each copy stands for one message. */
  storeOffline(message: NewMessage, due: boolean): void {
    const account = this.#parts.accounts.findOrAdd(message.account);
    if (this.#parts.messages.setPushed(account, message.identity, 0, 1)) return;
    if (
      message.stanzaId !== null &&
      this.#parts.messages.stored.newest(account, message.identity) !== undefined
    )
      return;
    this.store(account, message, due ? 2 : 1);
  }

  /**
   * Stores a message unless it is here already, which its id shows; without one, mod_push_offline may have shown it
   * first.
   * @param again it is another message, though id and content are the same
   * @param writtenBy a device that is not owed it
   */
  #storeNew(message: NewMessage, again: boolean, writtenBy: string | null = null): void {
    const account =
      message.sentBy === null
        ? this.#parts.accounts.findOrAdd(message.account)
        : this.#parts.accounts.find(message.account);
    if (account === undefined) return; // no other device of the writer is known
    const known =
      message.stanzaId === null
        ? this.#parts.messages.setPushed(account, message.identity, 2, 1)
        : !again && this.#parts.messages.stored.newest(account, message.identity) !== undefined;
    if (!known && message.sentBy === null) this.#endRewritten(account, message);
    const id = known ? undefined : this.store(account, message, 0, writtenBy);
    if (id !== undefined && account.sessions > 0) this.#parts.underWay.add(id, message.receivedAt);
  }

  /** A message that came back to its writer, and that he has written again, goes, unless somebody may have it by now. */
  #endRewritten(account: Account, message: NewMessage): void {
    const earlier = this.#parts.rewritten.by(message, account);
    if (earlier === undefined || this.#parts.holds.countOf(earlier, account) > 0) return;
    end(this.#parts, account, earlier, 'dropped', message.receivedAt);
  }

  /** Stores a message where somebody is owed it. Returns its id. */
  store(
    account: Account,
    message: NewMessage,
    pushed: Pushed = 0,
    writtenBy: string | null = null,
  ): number | undefined {
    const isNote = message.room === null && message.from.startsWith(`${account.jid}/`);
    const writer = writtenBy ?? (isNote && message.sentBy === null ? resourceOf(message.from) : null);
    const owed = this.#owedBy(account, message, writer);
    if (owed === 0) return undefined;
    const means = this.#parts.references.meantBy(message, account);
    const id = this.#parts.messages.add(account, message, owed, { pushed, means });
    this.#parts.journal.note('stored', { id, at: message.receivedAt }, described(account, message));
    this.#quotas.enforce(account, message.from, message.receivedAt);
    return id;
  }

  /** To whom a message is owed: the device addressed alone, where it is for that one, or all. */
  #owedBy(account: Account, { alone, room, to, sentBy }: NewMessage, writtenBy: string | null): Slots {
    if (!alone && room === null) return this.#owedTo(account, sentBy, writtenBy);
    const addressed = account.devices.find(({ resource }) => resource === resourceOf(to));
    if (addressed !== undefined) return slotsOf([addressed.slot]);
    return alone ? 0 : this.#owedTo(account, sentBy, writtenBy);
  }

  /** Every known device, and the account, or the writer's other devices. */
  #owedTo(account: Account, sentBy: string | null, writtenBy: string | null = null): Slots {
    const { sync } = this.#parts.limits.devices;
    const devices = sync ? account.devices.filter(({ resource }) => resource !== (sentBy ?? writtenBy)) : [];
    const slots = devices.map(({ slot }) => slot);
    const isOwn = sentBy !== null || writtenBy !== null; // one of the account has it
    return slotsOf(isOwn ? slots : [ACCOUNT_SLOT, ...slots]);
  }
}

function described({ jid: account }: Account, { from, to, type, stanzaId }: NewMessage) {
  return { account, from, to, type: type ?? 'normal', stanzaId };
}

function resourceOf(jid: string): string {
  return jid.slice(jid.indexOf('/') + 1);
}
