import type { Account } from './accounts.js';
import type { Quota } from './evictions.js';
import type { Held } from './held.js';
import type { Messages } from './messages.js';
import { keepWithin } from './within.js';

export interface QuotaLimits {
  /** Messages stored for one account; the oldest go first. */
  maxPerAccount: number;
  /** And of one sender for it; his oldest go first. */
  maxPerSender: number;
  /** Bytes stored for one account; the oldest of the sender that has most go first. */
  maxSizePerAccount: number;
}

/** How something is ended that is over a limit. */
type Evict = (account: Account, held: Held, quota: Quota, at: number) => void;

/** What one account may have, and one sender of that: nobody fills a queue so that others' messages go. */
export class Quotas {
  #limits: QuotaLimits;
  readonly #messages: Messages;
  readonly #evict: Evict;

  constructor(messages: Messages, limits: QuotaLimits, evict: Evict) {
    this.#messages = messages;
    this.#limits = limits;
    this.#evict = evict;
  }

  limit(limits: QuotaLimits): void {
    this.#limits = limits;
  }

  /** A message of this sender was stored: what is over a limit goes, his own first. */
  enforce(account: Account, sender: string, at: number): void {
    const { maxPerSender, maxPerAccount } = this.#limits;
    if (account.messages > maxPerSender) this.#enforceForSender(account, sender, at);
    const over = account.messages - maxPerAccount;
    if (over > 0) {
      for (const held of this.#messages.stored.heldBy(account.id, over)) {
        this.#evict(account, held, 'max_per_account', at);
      }
    }
    this.#enforceSize(account, at);
  }

  #enforceForSender(account: Account, sender: string, at: number): void {
    const { senders } = this.#messages;
    for (let over = senders.count(account, sender) - this.#limits.maxPerSender; over > 0; over--) {
      const oldest = senders.oldest(account, sender);
      if (oldest === undefined) return;
      this.#evict(account, oldest, 'max_per_sender', at);
    }
  }

  #enforceSize(account: Account, at: number): void {
    const { maxSizePerAccount } = this.#limits;
    keepWithin(
      account,
      { messages: Number.POSITIVE_INFINITY, weight: maxSizePerAccount },
      limit => this.#messages.stored.heldBy(account.id, limit),
      held => this.#evict(account, held, 'max_size_per_account', at),
    );
  }
}
