import type { Database } from 'better-sqlite3';
import { replacesAnother } from '../rules/ruling.js';
import { domainOf } from '../xmpp/jid.js';
import { readPayload } from '../xmpp/payload.js';
import type { Command } from './command.js';
import type {
  Before,
  Outcome,
  RemoteBounce,
  RemoteDue,
  RemoteMessage,
  RetryPolicy,
  Taken,
} from './content.js';
import type { Evictions } from './evictions.js';
import type { Held } from './held.js';
import { Holdings } from './holdings.js';
import type { EventKind, Journal } from './journal.js';
import type { Ledger } from './ledger.js';
import type { RemoteRecord } from './record.js';
import { MAY_BOUNCE, prepare, type Row } from './remote-statements.js';
import { sizeOf } from './weight.js';

type RemoteCommand = Extract<Command, { do: `remote-${string}` }>;

/** A domain from which nothing came for so long may exist no more, in ms. */
const DOMAIN_KNOWN = 90 * 86_400_000;
/** What is taken out at once, in characters, so that a slow link proves it in time. */
const MOST_TAKEN = 250_000;
/** Writers looked at for one who is online. */
const MOST_SENDERS = 100;

/** Writers whose numbers are in memory. */
const MOST_COUNTED = 10_000;

const BOUNCED = 1;
const SENT_AGAIN = 2;

/** Messages to other servers: remembered from their sending until they can bounce no more, and kept if they do. */
export class RemoteMessages {
  /** What is kept for each domain. */
  readonly holdings: Holdings<string>;
  readonly #evictions: Evictions;
  readonly #ledger: Ledger;
  readonly #journal: Journal;
  #maxPerAccount: number;
  readonly #nextId: () => number;
  readonly #statements;
  /** How many are kept of those writers whose number has only grown of late. */
  readonly #kept = new Map<string, number>();

  /** @param nextId gives the ids of messages, in the order of their arrival */
  constructor(
    db: Database,
    { ledger, journal, evictions }: { ledger: Ledger; journal: Journal; evictions: Evictions },
    maxPerAccount: number,
    nextId: () => number,
  ) {
    this.#ledger = ledger;
    this.#journal = journal;
    this.#evictions = evictions;
    this.#maxPerAccount = maxPerAccount;
    this.#nextId = nextId;
    this.#statements = prepare(db);
    this.holdings = new Holdings({
      all: () => this.#statements.weights.all(),
      one: domain => this.#statements.holding.get(domain),
    });
  }

  limit(maxPerAccount: number): void {
    this.#maxPerAccount = maxPerAccount;
  }

  do(command: RemoteCommand): void {
    switch (command.do) {
      case 'remote-sent':
        return this.#sent(command.message);
      case 'remote-bounced':
        return this.#bounced(command.bounce, command.policy, command.at);
      case 'remote-receipt':
        return this.#receipt(command);
      case 'remote-heard':
        this.#statements.hear.run(command);
        return;
      case 'remote-proved':
        return this.#proved(command.domain, command.at);
      case 'remote-release':
        this.#statements.release.run(command.domain);
        return;
    }
  }

  /**
   * The domains for which something of this writer (null: of anybody) is kept, by name, at most `limit` of those after
   * `after`.
   */
  domains(account: string | null, after: string, limit: number): string[] {
    const { domains, domainsOf } = this.#statements;
    return account === null ? domains.all(after, limit) : domainsOf.all(account, after, limit);
  }

  /** @param judgedAt the date by which it is judged what has expired */
  due(domain: string, judgedAt: number, at: number): RemoteDue {
    const senders = this.#statements.senders.all({ domain, judgedAt, at, limit: MOST_SENDERS });
    const nextAt = senders.length > 0 ? null : (this.#statements.nextAt.get({ domain, at }) ?? null);
    return { senders, nextAt };
  }

  /** Takes out what a domain is to get; a recipient whose server took nothing for him is tried with one message. */
  take(domain: string, limit: number, judgedAt: number, at: number): Taken[] {
    const taken: Taken[] = [];
    let size = 0;
    for (const row of this.#statements.take.iterate({ domain, judgedAt, at, limit })) {
      size += row.payload.length;
      if (taken.length > 0 && size > MOST_TAKEN) break;
      taken.push(row);
    }
    for (const { id } of taken) {
      this.#statements.setState.run(SENT_AGAIN, id);
      this.#journal.note('replayed', { id, at });
    }
    return taken;
  }

  /** What was taken out is to be sent again: the stream is gone, or the process was. */
  releaseAll(): void {
    this.#statements.releaseAll.run();
  }

  /**
   * Ends what has expired, and forgets what can bounce no more.
   * @param judgedAt the date by which that is judged
   */
  sweep(judgedAt: number, at: number, limit: number): void {
    for (const row of this.#statements.expired.all(judgedAt, limit)) this.#endNoted(row, 'expired', at);
    for (const row of this.#statements.forgetSent.all(at - MAY_BOUNCE, limit)) {
      this.#removed(row);
      this.#replaced(row.id, at);
    }
    this.#statements.forgetBusy.run(at);
    this.#statements.forgetDomains.run(judgedAt - DOMAIN_KNOWN);
  }

  /** The oldest for a domain, as it is judged who has too much of it: each writer his own. */
  heldBy(domain: string, limit: number): Held[] {
    return this.#statements.heldBy.all(domain, limit);
  }

  /** Ends a message that is over a limit. What may still come back leaves no line: it has arrived, as far as is known. */
  evict(id: number, at: number): void {
    const row = this.#statements.any.get(id);
    if (row !== undefined) this.#endNoted(row, 'evicted', at);
  }

  /** Drops a message that has come back to this writer. Was there one? */
  drop(account: string, id: number, at: number): boolean {
    const row = this.#statements.keptOf.get(id, account);
    if (row !== undefined) this.#end(row, 'dropped', at);
    return row !== undefined;
  }

  /** Drops what has come back to a writer, so much of it. Returns how much there was. */
  dropOf(account: string, limit: number, at: number): number {
    const rows = this.#statements.oldestOf.all(account, limit);
    for (const row of rows) this.#endNoted(row, 'dropped', at);
    return rows.length;
  }

  /** Ends a message that has come back and cannot be sent again. Was there one? */
  refuse(id: number, at: number): boolean {
    const row = this.#statements.kept.get(id);
    if (row !== undefined) this.#end(row, 'refused', at);
    return row !== undefined;
  }

  /** Removes what is kept of a writer, without a line about it. Returns how many, up to a limit. */
  forget(account: string, limit: number): number {
    const rows = this.#statements.allOf.all(account, limit);
    for (const row of rows) {
      this.#delete(row);
      if (row.state === 0) continue;
      this.#kept.clear();
      this.#ledger.forgotten(owingOf(row.receivedAt));
    }
    return rows.length;
  }

  /** Forgets what is known to have been lost, so much at most, for another respool has it. Returns how much there was. */
  forgetBefore(before: Before, limit: number): number {
    const rows = this.#statements.before.all({ ...before, limit });
    for (const row of rows) {
      this.#delete(row);
      this.#ledger.forgotten(owingOf(row.receivedAt));
    }
    this.#kept.clear();
    return rows.length;
  }

  /**
   * Stores a message of an exported queue, under an id of its own.
   * @param anew where it is here already too
   * @returns false where it is, and is not to be stored anew
   */
  restore(record: RemoteRecord, id: number, anew = false): boolean {
    if (!anew && this.#statements.hasOne.get(record) !== undefined) return false;
    const size = remoteSize({ ...record, originId: record.origin_id, stanzaId: record.stanza_id });
    this.#statements.restore.run({ ...record, id, size });
    this.holdings.added(record.domain, size);
    this.#ledger.entered(owingOf(record.received_at));
    this.#kept.clear();
    return true;
  }

  #sent(message: RemoteMessage): void {
    const again = this.#statements.again.get({ ...message });
    if (again !== undefined) this.#endNoted(again, 'dropped', message.receivedAt);
    const size = remoteSize(message);
    const id = this.#nextId();
    this.#statements.insert.run({ ...message, id, size });
    this.holdings.added(message.domain, size);
    if (message.refersTo !== null) this.#refers(id, message);
  }

  /** It means a message that has come back: it has the place of that, or goes out once more after it, see references.ts. */
  #refers(id: number, message: RemoteMessage): void {
    const meant = this.#statements.meant.get({ ...message });
    if (meant === undefined) return;
    const element = readPayload(message.payload, {});
    if (meant.state === BOUNCED && element !== null && replacesAnother(element)) {
      this.#statements.replace.run(id, meant.id);
      return;
    }
    this.#statements.setState.run(BOUNCED, id);
    this.#journal.note('stored', { id, at: message.receivedAt });
    this.#enters(message, message.receivedAt);
  }

  /** This one has arrived, as far as is known: what it replaces is not to be sent any more. */
  #replaced(by: number, at: number): void {
    for (const row of this.#statements.replacedBy.all(by)) this.#endNoted(row, 'dropped', at);
  }

  #bounced(bounce: RemoteBounce, { retryUnknown, minWait, maxWait }: RetryPolicy, at: number): void {
    const row = this.#statements.find.get(bounce);
    if (row === undefined) return;
    const { verdict, account, recipientAccount: recipient } = bounce;
    if (verdict === 'refused') return this.#endNoted(row, 'refused', at);
    if (verdict === 'busy') {
      const tries = this.#statements.tries.get(recipient) ?? 0;
      const wait = Math.max(minWait, Math.random() * Math.min(maxWait, 2 * minWait * 2 ** tries));
      this.#statements.setBusy.run({ recipient, retryAt: Math.round(at + wait), tries: tries + 1 });
    }
    this.#statements.setState.run(BOUNCED, row.id);
    if (row.state === 0) this.#journal.note('stored', { id: row.id, at });
    this.#journal.note('bounced', { id: row.id, at });
    if (row.state > 0) return;
    const unknown = verdict === 'unknown' && this.#statements.isKnown.get(domainOf(recipient)) === undefined;
    if (unknown) this.#statements.shorten.run(at + retryUnknown, row.id);
    this.#ledger.bounced();
    this.#enters({ account, receivedAt: row.receivedAt }, at);
  }

  /** It is kept from now on. */
  #enters({ account, receivedAt }: Pick<RemoteMessage, 'account' | 'receivedAt'>, at = receivedAt): void {
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
      this.#endNoted(row, 'evicted', at);
    }
  }

  #receipt({ account, from, stanzaId, at }: Extract<RemoteCommand, { do: 'remote-receipt' }>): void {
    for (const row of this.#statements.acknowledged.all({ account, from, stanzaId })) {
      const { id, state, receivedAt } = row;
      const by = state === SENT_AGAIN ? 'respool' : 'ejabberd';
      if (state > 0) this.#journal.note('proved', { id, at, by });
      this.#delete(row);
      if (state > 0) this.#arrived(state === SENT_AGAIN ? 'replayed' : 'delivered', receivedAt, at);
      else this.#replaced(id, at);
    }
  }

  #proved(domain: string, at: number): void {
    this.#statements.hear.run({ domain, at });
    this.#statements.forgetBusyProved.run(domain);
    for (const row of this.#statements.underWay.all(domain)) {
      this.#journal.note('proved', { id: row.id, at, by: 'respool' });
      this.#delete(row);
      this.#arrived('replayed', row.receivedAt, at);
    }
  }

  /** Ends a message, and tells those who follow if it had come back or is refused. */
  #endNoted(row: Row, outcome: Exclude<Outcome, 'delivered' | 'replayed'> & EventKind, at: number): void {
    if (row.state > 0 || outcome === 'refused') this.#journal.note(outcome, { id: row.id, at });
    this.#end(row, outcome, at);
  }

  #end(row: Row, outcome: Exclude<Outcome, 'delivered' | 'replayed'>, at: number): void {
    const { id, state, receivedAt } = row;
    const known = state > 0 || outcome === 'refused';
    if (known) this.#statements.keepLine.run({ id, outcome, at });
    this.#delete(row);
    if (!known) return;
    const isLost = outcome === 'expired' || outcome === 'evicted';
    const owing = state > 0 ? { ...owingOf(receivedAt), at } : null;
    this.#ledger.ended(outcome, { owing, lost: isLost ? at : null });
    if (state > 0) this.#kept.clear();
  }

  #arrived(outcome: 'delivered' | 'replayed', receivedAt: number, at: number): void {
    this.#kept.clear();
    this.#ledger.arrived(outcome, { owing: owingOf(receivedAt), cause: 'server', at });
  }

  #delete(row: Row): void {
    this.#statements.delete.run(row.id);
    this.#removed(row);
  }

  #removed({ domain, size }: Pick<Row, 'domain' | 'size'>): void {
    this.holdings.removed(domain, size);
  }
}

/** It is owed to its recipient's server. */
function owingOf(receivedAt: number) {
  return { receivedAt, pendings: 1 };
}

function remoteSize(
  message: Pick<
    RemoteMessage,
    'payload' | 'from' | 'to' | 'stanzaId' | 'originId' | 'identity' | 'content' | 'lang' | 'domain'
  >,
): number {
  const { payload, from, to, stanzaId, originId, identity, content, lang, domain } = message;
  return sizeOf(payload, from, to, stanzaId, originId, identity, content, lang, domain);
}
