import type { Entry } from './ledger.js';

/** A message as its sender wrote it. */
export interface Written {
  token: string;
  /** Bare JID of the account or room. */
  to: string;
  /** Without one it is known by its content, and by a count of its copies alone. */
  hasId: boolean;
  /** The state of the line while it was written and went through the server; null while that was not in order. */
  within: number | null;
}

/** What came to one connection of a device: which message of which stream, and whether respool had sent it. */
export interface Receipt {
  token: string;
  replayed: boolean;
}

/** Between the moment at which respool wrote a stanza and the one at which the line read it, at most, in ms. */
const UNDER_WAY = 500;

/**
 * What must arrive. The ledger says what was committed; the clients say what came; the line says what respool sent.
 * A message is within the promise from its commit on, and, where nothing was out of order meanwhile, from its sending.
 */
export class Model {
  readonly violations: string[] = [];
  /** How often something came to a device again that had not been proved: allowed, but worth knowing. */
  again = 0;
  /** Replays to a session that was gone, which the server gave to another one of the account. */
  strayed = 0;
  replays = 0;
  lost = 0;
  repeated = 0;
  readonly #tell: (what: string) => void;
  readonly #written = new Map<string, Written>();
  /** What the server said to the writer that it had not taken. */
  readonly #refused = new Set<string>();
  readonly #owed = new Map<string, { n: number; room: number; open: boolean }>();
  readonly #settledAt = new Map<string, number>();
  readonly #copies = new Map<string, number>();
  readonly #got = new Map<string, Set<string>>();

  /** @param tell writes the history */
  constructor(tell: (what: string) => void) {
    this.#tell = tell;
  }

  wrote(message: Written): void {
    this.#written.set(message.token, message);
  }

  /** Its writer was told that a room did not take it. */
  refused(token: string): void {
    this.#refused.add(token);
    this.#tell(`${token} refused`);
  }

  /** Whether it was committed that an account lacks a message. */
  wasOwed(token: string, account: string): boolean {
    return this.#owed.has(`${token} ${account}`);
  }

  get messages(): number {
    return this.#written.size;
  }

  /** A device got a message: from the server, or by a replay. */
  received(token: string, device: string): void {
    const got = this.#got.get(token) ?? new Set();
    if (got.has(device)) this.again++;
    this.#got.set(token, got.add(device));
    this.#tell(`${token} at ${device}`);
  }

  /** respool was told that the server handed a message to a device, or to some of an account (or that it was sent). */
  copied(token: string, to: string): void {
    const key = `${token} ${to}`;
    this.#copies.set(key, (this.#copies.get(key) ?? 0) + 1);
  }

  /** respool sends a message to a device, now. */
  replayed(token: string, device: string, now: number): void {
    this.replays++;
    this.#tell(`${token} replayed to ${device}`);
    const settledAt = this.#settledAt.get(`${token} ${device}`);
    if (settledAt === undefined || now - settledAt < UNDER_WAY) return;
    // an equal message without id may be another one: then it is kept once too often rather than once too little
    if (this.#written.get(token)?.hasId !== true) return;
    this.repeated++;
    this.violated(
      `${token} was sent to ${device} again, ${now - settledAt} ms after its proof was committed`,
    );
  }

  /** Takes in what the ledger says has happened by now. */
  committed(entries: readonly Entry[], now: number): void {
    for (const { what, token, owner, n, room } of entries) {
      const key = `${token} ${owner}`;
      this.#tell(`${token} ${what}: ${owner}`);
      switch (what) {
        case 'owed':
          this.#owed.set(key, { n: this.#owed.get(key)?.n ?? n, room, open: true });
          break;
        case 'settled':
          this.#close(key);
          this.#settledAt.set(key, now);
          if (this.#has(token, owner)) break;
          this.lost++;
          this.violated(`${token} left the spool for ${owner}, where it has not arrived`);
          break;
        case 'released':
          this.#close(key);
          break;
        case 'passed over':
          this.violated(`${token} was not kept for ${owner}, a known device`);
      }
    }
  }

  /**
   * To be called when everybody is there, the spool is empty, and nothing that was written waits to come to be in it.
   * @param state of the line, since when nothing has been out of order
   */
  settled(state: number): void {
    const owners = new Set([...this.#owed.keys()].map(key => key.slice(0, key.indexOf(' '))));
    for (const { token, to, within } of this.#written.values()) {
      if (within !== state || owners.has(token) || this.#refused.has(token)) continue;
      this.lost++;
      this.violated(`${token} to ${to} never came to be in the spool, though nothing was out of order`);
    }
    for (const [key, { open }] of this.#owed) {
      if (!open) continue;
      this.lost++;
      this.violated(`${key} is still owed, though the spool is empty`);
    }
    // what was written in this state is done with; proofs are kept, for a repetition may come at any time
    for (const message of this.#written.values()) message.within = null;
  }

  /**
   * What one connection of a device got has to be in order, as far as respool sent it. What it had to believe to be
   * there already, by a copy, may come late: when the proof of it has failed to come.
   */
  checkOrder(device: string, receipts: readonly Receipt[]): void {
    const had = new Set<string>();
    const last = new Map<number, { n: number; token: string }>();
    for (const { token, replayed } of receipts) {
      const owed = this.#owed.get(`${token} ${device}`);
      const isFirst = !had.has(token);
      had.add(token);
      if (!replayed || !isFirst || owed === undefined) continue;
      const before = last.get(owed.room);
      if (before !== undefined && before.n > owed.n && !this.#wasCopied(token, device)) {
        this.violated(`${device} got ${token} after ${before.token}, which is younger`);
      }
      last.set(owed.room, { n: owed.n, token });
    }
  }

  #wasCopied(token: string, device: string): boolean {
    const account = device.slice(0, device.indexOf('/'));
    return this.#copies.has(`${token} ${device}`) || (this.#copies.get(`${token} ${account}`) ?? 0) > 1;
  }

  #close(key: string): void {
    const owed = this.#owed.get(key);
    if (owed !== undefined) owed.open = false;
  }

  #has(token: string, owner: string): boolean {
    const got = this.#got.get(token);
    if (owner.includes('/')) return got?.has(owner) === true;
    for (const device of got ?? []) if (device.startsWith(`${owner}/`)) return true;
    return false;
  }

  violated(what: string): void {
    this.violations.push(what);
    this.#tell(`VIOLATED: ${what}`);
  }
}
