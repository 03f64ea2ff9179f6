import { randomBytes } from 'node:crypto';
import type { Element } from '@xmpp/component';
import type { Change } from '../presence/change.js';
import type { Directory } from '../presence/directory.js';
import type { Clock } from '../replay/clock.js';
import type { SpoolPort } from '../spool/client.js';
import { isWordless } from '../tap/bounce.js';
import { sessionEndIn } from '../tap/session-end.js';
import type { Jid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { escapeAttribute } from '../xmpp/serialize.js';
import { Roll, type Word } from './roll.js';

export interface RemovalOptions {
  /** The component's own domain. */
  domain: string;
  directory: Pick<Directory, 'of'>;
  spool: SpoolPort;
  clock: Clock;
  send(text: string): boolean;
  note(line: string): void;
}

/** Between looks at who is to be asked about, in ms, and how many at a time. */
const TICK = 1_000;
const AT_ONCE = 100;
/** So many accounts are read from the spool at a time. */
const PAGE = 1_000;

/**
 * Forgets accounts that have been removed, so that whoever has the name next gets nothing that was for the one before:
 * where somebody has asked for it in-band, at once; by what the server says of accounts that are away, where an
 * operator has removed them.
 */
export class Removal {
  readonly #options: RemovalOptions;
  readonly #roll = new Roll();
  /** No stranger can guess what a question is called. */
  readonly #name = `there-${randomBytes(9).toString('base64url')}-`;
  #callOff: () => void = () => undefined;
  /** Those that were owed something before: the last that was read; null: all were. */
  #readUpTo: number | null = null;

  constructor(options: RemovalOptions) {
    this.#options = options;
  }

  online(): void {
    this.#roll.clear();
    this.#readUpTo = 0;
    this.#tickLater();
  }

  offline(): void {
    this.#callOff();
    this.#roll.clear();
  }

  stop(): void {
    this.#callOff();
  }

  handle(change: Change): void {
    switch (change.kind) {
      case 'sent':
        return change.toLocal ? this.#owed(change.message.account) : undefined;
      case 'stored':
        return this.#owed(change.message.account);
      case 'available':
      case 'discovered':
        return this.#roll.online(change.session.jid.bare);
      case 'unavailable':
        return this.#left(change.session.jid.bare);
      case 'unsubscribed':
        return this.#roll.doubt(change.account);
      case 'removed':
        return void this.#forget(change.account);
    }
  }

  /** Takes the answer to a question. True where it is one. */
  answered(stanza: Element, from: Jid): boolean {
    const { type, id = '' } = stanza.attrs;
    if (stanza.name !== 'message' || type !== 'error' || !id.startsWith(this.#name)) return false;
    const word = wordIn(stanza);
    const account = from.full;
    if (this.#isOnline(account)) this.#roll.online(account);
    if (word === null) return true;
    const removed = this.#roll.answered(
      Number(id.slice(this.#name.length)),
      account,
      word,
      this.#options.clock.now(),
    );
    if (removed !== undefined) void this.#forget(removed);
    return true;
  }

  #owed(account: string): void {
    if (!this.#isOnline(account)) this.#roll.away(account, this.#options.clock.now());
  }

  #left(account: string): void {
    this.#roll.online(account); // until now
    this.#owed(account);
  }

  #isOnline(account: string): boolean {
    return this.#options.directory.of(account).length > 0;
  }

  async #forget(account: string): Promise<void> {
    this.#roll.online(account);
    const { spool, note } = this.#options;
    // in one piece, so that it is done before anything is told of the next owner
    const forgotten = await spool.ask({ ask: 'forget-account', account, limit: Number.MAX_SAFE_INTEGER });
    if (forgotten === undefined)
      return note(`${account} has been removed, but could not be forgotten: the spool cannot be written`);
    const { messages, devices, memberships, lines } = forgotten;
    if (messages + devices + memberships + lines === 0) return;
    note(`${account} has been removed, and is forgotten: ${messages} messages, ${devices} devices`);
  }

  #tickLater(): void {
    this.#callOff();
    this.#callOff = this.#options.clock.after(TICK, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { clock, send, domain } = this.#options;
    this.#tickLater();
    for (const { account, number } of this.#roll.due(AT_ONCE, clock.now())) {
      if (this.#isOnline(account)) this.#roll.online(account);
      else send(questionOf(domain, account, `${this.#name}${number}`));
    }
    await this.#read();
  }

  /** Reads some more of those that were owed something before. */
  async #read(): Promise<void> {
    if (this.#readUpTo === null) return;
    const after = this.#readUpTo;
    this.#readUpTo = null;
    const page = await this.#options.spool.ask({ ask: 'owed-accounts', after, rows: PAGE });
    for (const account of page?.accounts ?? []) this.#owed(account);
    if (page !== undefined) this.#readUpTo = page.last;
  }
}

/**
 * The server returns it where nobody is online, with a text (`User session not found`) where the account exists. Nobody
 * keeps it, and a client that is there after all shows nothing: it has no body.
 */
function questionOf(from: string, to: string, id: string): string {
  return (
    `<message from='${escapeAttribute(from)}' to='${escapeAttribute(to)}' id='${id}'>` +
    `<no-store xmlns='${NS.hints}'/><no-copy xmlns='${NS.hints}'/></message>`
  );
}

function wordIn(error: Element): Word | null {
  if (isWordless(error)) return 'nobody';
  return sessionEndIn(error) === null ? null : 'there';
}
