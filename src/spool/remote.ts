import type { Database } from 'better-sqlite3';
import { replacesAnother } from '../rules/ruling.js';
import { domainOf } from '../xmpp/jid.js';
import { readPayload } from '../xmpp/payload.js';
import type { Command } from './command.js';
import type { Before, RemoteBounce, RemoteDue, RemoteMessage, RetryPolicy, Taken } from './content.js';
import type { Evictions } from './evictions.js';
import type { Held } from './held.js';
import type { Journal } from './journal.js';
import type { Ledger } from './ledger.js';
import type { RemoteRecord } from './record.js';
import { RemoteRows, remoteSize } from './remote-rows.js';
import { MAY_BOUNCE, prepare, type RemoteStatements } from './remote-statements.js';

type RemoteCommand = Extract<Command, { do: `remote-${string}` }>;

/** A domain from which nothing came for so long may exist no more, in ms. */
const DOMAIN_KNOWN = 90 * 86_400_000;
/** What is taken out at once, in characters, so that a slow link proves it in time. */
const MOST_TAKEN = 250_000;
/** Writers looked at for one who is online. */
const MOST_SENDERS = 100;

const BOUNCED = 1;
const SENT_AGAIN = 2;

/** Messages to other servers: remembered from their sending until they can bounce no more, and kept if they do. */
export class RemoteMessages {
  readonly rows: RemoteRows;
  readonly #ledger: Ledger;
  readonly #journal: Journal;
  readonly #nextId: () => number;
  readonly #statements: RemoteStatements;

  /** @param nextId gives the ids of messages, in the order of their arrival */
  constructor(
    db: Database,
    parts: { ledger: Ledger; journal: Journal; evictions: Evictions },
    maxPerAccount: number,
    nextId: () => number,
  ) {
    this.#ledger = parts.ledger;
    this.#journal = parts.journal;
    this.#nextId = nextId;
    this.#statements = prepare(db);
    this.rows = new RemoteRows(this.#statements, parts, maxPerAccount);
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
    for (const row of this.#statements.expired.all(judgedAt, limit)) this.rows.endNoted(row, 'expired', at);
    for (const row of this.#statements.forgetSent.all(at - MAY_BOUNCE, limit)) {
      this.rows.removed(row);
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
    if (row !== undefined) this.rows.endNoted(row, 'evicted', at);
  }

  /** Drops a message that has come back to this writer. Was there one? */
  drop(account: string, id: number, at: number): boolean {
    const row = this.#statements.keptOf.get(id, account);
    if (row !== undefined) this.rows.end(row, 'dropped', at);
    return row !== undefined;
  }

  /** Drops what has come back to a writer, so much of it. Returns how much there was. */
  dropOf(account: string, limit: number, at: number): number {
    const rows = this.#statements.oldestOf.all(account, limit);
    for (const row of rows) this.rows.endNoted(row, 'dropped', at);
    return rows.length;
  }

  /** Ends a message that has come back and cannot be sent again. Was there one? */
  refuse(id: number, at: number): boolean {
    const row = this.#statements.kept.get(id);
    if (row !== undefined) this.rows.end(row, 'refused', at);
    return row !== undefined;
  }

  /** Removes what is kept of a writer, without a line about it. Returns how many, up to a limit. */
  forget(account: string, limit: number): number {
    const rows = this.#statements.allOf.all(account, limit);
    for (const row of rows) {
      if (row.state === 0) this.rows.delete(row);
      else this.rows.forget(row);
    }
    return rows.length;
  }

  /** Forgets what is known to have been lost, so much at most, for another respool has it. Returns how much there was. */
  forgetBefore(before: Before, limit: number): number {
    const rows = this.#statements.before.all({ ...before, limit });
    for (const row of rows) this.rows.forget(row);
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
    this.rows.restored(record.domain, size, record.received_at);
    return true;
  }

  #sent(message: RemoteMessage): void {
    const again = this.#statements.again.get({ ...message });
    if (again !== undefined) this.rows.endNoted(again, 'dropped', message.receivedAt);
    const id = this.#nextId();
    this.rows.add(id, message);
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
    this.rows.enters(message, message.receivedAt);
  }

  /** This one has arrived, as far as is known: what it replaces is not to be sent any more. */
  #replaced(by: number, at: number): void {
    for (const row of this.#statements.replacedBy.all(by)) this.rows.endNoted(row, 'dropped', at);
  }

  #bounced(bounce: RemoteBounce, { retryUnknown, minWait, maxWait }: RetryPolicy, at: number): void {
    const row = this.#statements.find.get(bounce);
    if (row === undefined) return;
    const { verdict, account, recipientAccount: recipient } = bounce;
    if (verdict === 'refused') return this.rows.endNoted(row, 'refused', at);
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
    this.rows.enters({ account, receivedAt: row.receivedAt }, at);
  }

  #receipt({ account, from, stanzaId, at }: Extract<RemoteCommand, { do: 'remote-receipt' }>): void {
    for (const row of this.#statements.acknowledged.all({ account, from, stanzaId })) {
      const { id, state, receivedAt } = row;
      const by = state === SENT_AGAIN ? 'respool' : 'ejabberd';
      if (state > 0) this.#journal.note('proved', { id, at, by });
      this.rows.delete(row);
      if (state > 0) this.rows.arrived(state === SENT_AGAIN ? 'replayed' : 'delivered', receivedAt, at);
      else this.#replaced(id, at);
    }
  }

  #proved(domain: string, at: number): void {
    this.#statements.hear.run({ domain, at });
    this.#statements.forgetBusyProved.run(domain);
    for (const row of this.#statements.underWay.all(domain)) {
      this.#journal.note('proved', { id: row.id, at, by: 'respool' });
      this.rows.delete(row);
      this.rows.arrived('replayed', row.receivedAt, at);
    }
  }
}
