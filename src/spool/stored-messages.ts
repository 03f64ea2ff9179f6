import { accountOf } from '../xmpp/jid.js';
import type { Account } from './accounts.js';
import type { Allowance } from './allowance.js';
import type { NewMessage, Taken } from './content.js';
import type { Held } from './held.js';
import type { Identities } from './identities.js';
import type { Addressed, MessageStatements, Owed, Row } from './message-statements.js';
import type { Order } from './order.js';
import { type Slots, slotsOf } from './slots.js';

/** Messages after one and up to another, at most so many, that have not expired at a time. */
interface Range {
  after: number;
  upTo: number;
  limit: number;
  at: number;
}

/** What the message table says, without changing it. */
export class StoredMessages {
  readonly #statements: MessageStatements;
  readonly #order: Order;
  readonly #identities: Identities;

  constructor(statements: MessageStatements, order: Order, identities: Identities) {
    this.#statements = statements;
    this.#order = order;
    this.#identities = identities;
  }

  /** Why ejabberd did not deliver a message, as far as is known; undefined: it is not in the spool. */
  cause(id: number): number | undefined {
    return this.row(id)?.cause;
  }

  /** What an account has got, or is to get, from others. */
  received(account: Account): { id: number; sender: string; heldUntil: number }[] {
    return this.#statements.received.all(account.id);
  }

  /** A message goes to nobody before the date that this says. */
  heldUntil(id: number): number {
    return this.row(id)?.heldUntil ?? 0;
  }

  /** To whom a message is owed. */
  owedTo(id: number): Slots {
    return this.row(id)?.owed ?? slotsOf([]);
  }

  identityOf(id: number): string | undefined {
    return this.row(id)?.identity;
  }

  /** The newest message of an identity, of those that came of late. */
  newest(account: Account, identity: string): number | undefined {
    return this.#identities.recent(account, identity).at(-1);
  }

  /** All of one identity, oldest first. */
  alike(account: Account, identity: string): readonly number[] {
    return this.#identities.all(account, identity);
  }

  /** Is it there, and of this account? */
  isOf(id: number, account: Account): boolean {
    return this.row(id)?.account === account.id;
  }

  oldestOf(account: Account, limit: number): number[] {
    return this.#order.oldest(account.id, limit);
  }

  /**
   * The next messages owed to some of these slots, in the order of their arrival; none where no more are.
   * @param allowance for so many characters, or little more
   */
  after(account: Account, slots: Slots, range: Range, allowance: Allowance): (Owed & { message: Taken })[] {
    const rows = allowance.fill(
      this.#statements.after.iterate({ account: account.id, slots, ...range }),
      row => row[10].length,
    );
    return rows.map(([id, owed, room, means, as, from, to, type, stanzaId, lang, payload, stamp]) => {
      return { id, owed, room, means, message: { id, as, from, to, type, stanzaId, lang, payload, stamp } };
    });
  }

  /** The ids alone; see `after`. */
  idsAfter(account: Account, slots: Slots, range: Range): Owed[] {
    return this.#statements.idsAfter.all({ account: account.id, slots, ...range });
  }

  /** Messages whose time is over, of any account. */
  expired(at: number, limit: number): Addressed[] {
    return this.#statements.expired.all(at, limit);
  }

  /** The oldest of an account, as it is judged who has too much of it. */
  heldBy(account: number, limit: number): Held[] {
    const rows = this.#statements.heldBy.all({ account, limit });
    return rows.map(({ id, sender, size }) => ({ id, sender: accountOf(sender), size }));
  }

  /** The JID of an account, by its id. */
  nameOf(account: number): string {
    return this.#statements.jid.get(account) ?? '';
  }

  /** The message that another one means, where that was in the spool. */
  meantBy(id: number): number | null {
    return this.#statements.means.get(id) ?? null;
  }

  /** Has this account (or, for a private message, this room) sent the message under this stanza id? */
  isFrom(id: number, account: string, stanzaId: string): boolean {
    const row = this.#statements.origin.get(id);
    return row?.stanzaId === stanzaId && accountOf(row.sender) === account;
  }

  /** Was it there before an import that begins after this id? */
  isKnown(
    account: Account,
    { identity, receivedAt, expiresAt }: Pick<NewMessage, 'identity' | 'receivedAt' | 'expiresAt'>,
    upTo: number,
  ): boolean {
    return this.#statements.isKnown.get(expiresAt, account.id, identity, receivedAt, upTo) !== undefined;
  }

  /** What is known of a message; undefined: it is not in the spool. */
  row(id: number): Row | undefined {
    const row = this.#statements.row.get(id);
    if (row === undefined) return undefined;
    const [account, owed, cause, receivedAt, identity, hasId, size, heldUntil, passing] = row;
    return { account, owed, cause, receivedAt, identity, hasId, size, heldUntil, passing };
  }
}
