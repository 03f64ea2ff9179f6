import type { Element } from '@xmpp/component';
import { Client } from '../ejabberd/client.js';
import type { Ejabberd } from '../ejabberd/server.js';
import { tokenIn } from './ledger.js';
import type { Model, Receipt } from './model.js';
import { isHostile } from './tricks.js';

const HINTS = 'urn:xmpp:hints';
/** A login or a join may take so long, in ms; the server may be going down meanwhile. */
const PATIENCE = 5_000;

export interface Habits {
  carbons: boolean;
  management: boolean;
  priority: number;
}

/** One device of an account, with the connection that it has at the moment, if it has one. */
export class Device {
  readonly jid: string;
  readonly account: string;
  /** Rooms that it goes to. */
  readonly rooms = new Map<string, string>();
  readonly #server: Ejabberd;
  readonly #model: Model;
  readonly #habits: Habits;
  #client: Client | null = null;
  /** Rooms that the connection is in. */
  #joined: ReadonlySet<string> = new Set();
  #frozen = false;
  /** Has its line as quick as ever when the time comes; null: it is. */
  #quicken: NodeJS.Timeout | null = null;
  #busy = false;

  constructor(server: Ejabberd, model: Model, jid: string, habits: Habits) {
    this.#server = server;
    this.#model = model;
    this.#habits = habits;
    this.jid = jid;
    this.account = jid.slice(0, jid.indexOf('/'));
  }

  /** Whether it can send. */
  get isThere(): boolean {
    return this.#client !== null && !this.#frozen;
  }

  /** Whether it is in the middle of coming. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /** Comes online and goes to its rooms. @returns whether it is there now */
  async come(history = ''): Promise<boolean> {
    if (this.#busy) return false;
    if (this.isThere && this.#quicken !== null) return true; // an answer would take too long
    this.#busy = true;
    try {
      const client = this.isThere && this.#client !== null ? this.#client : await this.#login();
      for (const [room, nick] of this.rooms) {
        if (!this.#joined.has(room)) await soon(client.join(room, nick, history)); // it may have been put out
      }
      return true;
    } catch {
      this.#client?.reset(); // the server has gone, or goes: it comes back later
      this.#client = null;
      return false;
    } finally {
      this.#busy = false;
    }
  }

  async #login(): Promise<Client> {
    this.#client?.reset(); // it was frozen
    const client = await soon(Client.at(this.#server, this.jid, { ...this.#habits, presence: false }), late =>
      late.reset(),
    );
    const receipts: Receipt[] = [];
    this.#frozen = false;
    const joined = new Set<string>();
    this.#joined = joined;
    client.on('element', ({ name, attrs: { from = '', type } }) => {
      const [room = '', nick] = from.split('/');
      if (name !== 'presence' || this.rooms.get(room) !== nick) return;
      if (type === undefined) joined.add(room);
      else joined.delete(room);
    });
    // ejabberd gives a session what is addressed to it from its bind on, before it has shown its presence
    for (const message of client.messages) this.#hear(message, receipts, joined);
    client.on('message', message => this.#hear(message, receipts, joined));
    client.once('closed', () => {
      if (this.#client === client) this.#client = null;
      this.#model.checkOrder(this.jid, receipts);
    });
    this.#client = client;
    this.#hasten();
    client.presence(this.#habits.priority);
    return client;
  }

  /** Sends a stanza. @returns false where there is no connection */
  send(text: string): boolean {
    if (!this.isThere || this.#busy) return false;
    this.#client?.send(text);
    return true;
  }

  /** Waits until all that it has sent has been through the server. @returns false where the connection is gone */
  async flush(): Promise<boolean> {
    const client = this.#client;
    if (client === null || this.#frozen) return false;
    try {
      await soon(client.flush());
      return true;
    } catch {
      return false;
    }
  }

  /** Says that it goes, or ends its stream without a word, or loses its connection, or keeps one that is dead. */
  go(how: 'politely' | 'silently' | 'reset' | 'half-open'): void {
    const client = this.#client;
    if (client === null || this.#busy) return;
    if (how === 'half-open') {
      this.#hasten();
      client.freeze();
      this.#frozen = true;
      return;
    }
    this.#client = null;
    if (how === 'politely') client.unavailable();
    if (how === 'reset' || this.#frozen) client.reset();
    else client.close().catch(() => undefined); // whoever was first to close
  }

  /** What comes to it comes by a slow line for so many ms, at so many characters a second. */
  crawl(rate: number, ms: number): void {
    const client = this.#client;
    if (client === null || this.#busy || this.#frozen) return;
    client.slow(rate);
    this.#hasten();
    this.#quicken = setTimeout(() => {
      this.#quicken = null;
      client.slow(null);
    }, ms).unref();
  }

  /** A new line is not slow. */
  #hasten(): void {
    if (this.#quicken !== null) clearTimeout(this.#quicken);
    this.#quicken = null;
  }

  /** Ends a dead connection, so that only live ones are left. */
  thaw(): void {
    if (this.#frozen) this.#client?.reset();
    if (this.#frozen) this.#client = null;
    this.#frozen = false;
  }

  #hear(message: Element, receipts: Receipt[], joined: ReadonlySet<string>): void {
    const { type, from = '' } = message.attrs;
    const text = message.toString();
    if (isHostile(text)) return; // also where it repeats what others wrote
    if (type === 'error') return this.#returned(message);
    // clients drop what comes from a room that they are not in
    if (type === 'groupchat' && !joined.has(from.slice(0, from.indexOf('/')))) return;
    const token = tokenIn(text);
    if (token === undefined) return;
    const replayed =
      message.getChild('no-copy', HINTS) !== undefined &&
      message.getChild('no-permanent-store', HINTS) !== undefined;
    const { to = '' } = message.attrs;
    if (replayed && to !== this.jid) this.#model.strayed++;
    else receipts.push({ token, replayed });
    this.#model.received(token, this.jid);
  }

  /** A room takes nothing of who is not in it; ejabberd may have put out a session when the one before it ended. */
  #returned(message: Element): void {
    const token = tokenIn(message.toString());
    const refused = message.getChild('error')?.getChild('not-acceptable') !== undefined;
    if (refused && token !== undefined) this.#model.refused(token);
  }
}

/** @param late what to do with the outcome if it comes too late */
async function soon<T>(work: Promise<T>, late?: (outcome: T) => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`nothing within ${PATIENCE} ms`));
      if (late !== undefined) work.then(late, () => undefined);
    }, PATIENCE);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
