import type { Outcome, RemoteMessage } from './content.js';
import type { Evictions } from './evictions.js';
import { Holdings } from './holdings.js';
import type { EventKind, Journal } from './journal.js';
import type { Ledger } from './ledger.js';
import type { RemoteStatements, Row } from './remote-statements.js';
import { sizeOf } from './weight.js';

/** Writers whose numbers are in memory. */
const MOST_COUNTED = 10_000;

/** The rows of messages to other servers as they come and go, and what is counted of them. */
export class RemoteRows {
  /** What is kept for each domain. */
  readonly holdings: Holdings<string>;
  readonly #statements: RemoteStatements;
  readonly #ledger: Ledger;
  readonly #journal: Journal;
  readonly #evictions: Evictions;
  #maxPerAccount: number;
  /** How many are kept of those writers whose number has only grown of late. */
  readonly #kept = new Map<string, number>();

  constructor(
    statements: RemoteStatements,
    { ledger, journal, evictions }: { ledger: Ledger; journal: Journal; evictions: Evictions },
    maxPerAccount: number,
  ) {
    this.#statements = statements;
    this.#ledger = ledger;
    this.#journal = journal;
    this.#evictions = evictions;
    this.#maxPerAccount = maxPerAccount;
    this.holdings = new Holdings({
      all: () => statements.weights.all(),
      one: domain => statements.holding.get(domain),
    });
  }

  limit(maxPerAccount: number): void {
    this.#maxPerAccount = maxPerAccount;
  }

  /** One was sent. */
  add(id: number, message: RemoteMessage): void {
    const size = remoteSize(message);
    this.#statements.insert.run({ ...message, id, size });
    this.holdings.added(message.domain, size);
  }

  /** One that is kept already has been stored, from an exported queue. */
  restored(domain: string, size: number, receivedAt: number): void {
    this.holdings.added(domain, size);
    this.#ledger.entered(owingOf(receivedAt));
    this.#kept.clear();
  }

  /** One that was kept goes, for its writer is to be forgotten, or another respool has it. */
  forget(row: Row): void {
    this.delete(row);
    this.#kept.clear();
    this.#ledger.forgotten(owingOf(row.receivedAt));
  }

  /** It is kept from now on. */
  enters({ account, receivedAt }: Pick<RemoteMessage, 'account' | 'receivedAt'>, at = receivedAt): void {
    this.#ledger.entered(owingOf(receivedAt));
    this.#keepWithin(account, at);
  }

  /** Ends the oldest of a writer who has too many. */
  #keepWithin(account: string, at: number): void {
    const known = this.#kept.get(account);
    const count = known === undefined ? (this.#statements.count.get(account) ?? 0) : known + 1;
    if (this.#kept.size >= MOST_COUNTED) this.#kept.clear();
    this.#kept.set(account, count);
    const over = Math.max(0, count - this.#maxPerAccount);
    for (const row of this.#statements.oldestOf.all(account, over)) {
      this.#evictions.add('max_per_account', row.domain, account, row.size);
      this.endNoted(row, 'evicted', at);
    }
  }

  /** Ends a message, and tells those who follow if it had come back or is refused. */
  endNoted(row: Row, outcome: Exclude<Outcome, 'delivered' | 'replayed'> & EventKind, at: number): void {
    if (row.state > 0 || outcome === 'refused') this.#journal.note(outcome, { id: row.id, at });
    this.end(row, outcome, at);
  }

  /** Ends a message, with a line about it where it had come back or is refused. */
  end(row: Row, outcome: Exclude<Outcome, 'delivered' | 'replayed'>, at: number): void {
    const { id, state, receivedAt } = row;
    const known = state > 0 || outcome === 'refused';
    if (known) this.#statements.keepLine.run({ id, outcome, at });
    this.delete(row);
    if (!known) return;
    const isLost = outcome === 'expired' || outcome === 'evicted';
    const owing = state > 0 ? { ...owingOf(receivedAt), at } : null;
    this.#ledger.ended(outcome, { owing, lost: isLost ? at : null });
    if (state > 0) this.#kept.clear();
  }

  /** It has arrived. */
  arrived(outcome: 'delivered' | 'replayed', receivedAt: number, at: number): void {
    this.#kept.clear();
    this.#ledger.arrived(outcome, { owing: owingOf(receivedAt), cause: 'server', at });
  }

  /** It goes, and nothing is said of it. */
  delete(row: Row): void {
    this.#statements.delete.run(row.id);
    this.removed(row);
  }

  /** Its row has gone. */
  removed({ domain, size }: Pick<Row, 'domain' | 'size'>): void {
    this.holdings.removed(domain, size);
  }
}

/** It is owed to its recipient's server. */
function owingOf(receivedAt: number) {
  return { receivedAt, pendings: 1 };
}

/** What a message counts against the quotas, in characters. */
export function remoteSize(
  message: Pick<
    RemoteMessage,
    'payload' | 'from' | 'to' | 'stanzaId' | 'originId' | 'identity' | 'content' | 'lang' | 'domain'
  >,
): number {
  const { payload, from, to, stanzaId, originId, identity, content, lang, domain } = message;
  return sizeOf(payload, from, to, stanzaId, originId, identity, content, lang, domain);
}
