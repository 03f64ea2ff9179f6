/** So many accounts are watched at most; those that come later are left out. */
const MOST = 100_000;
/** An account that is away is asked about after so long, in ms, and then again after that. */
const FIRST = 5_000;
const AGAIN = 3_600_000;
/** An answer that has not come after so long does not come, in ms: there is none where somebody is online after all. */
const PATIENCE = 60_000;

/** What the server says of an account of which nobody is online. */
export type Word = 'there' | 'nobody';

/** One question to the server. */
export interface Question {
  account: string;
  number: number;
}

/**
 * Accounts that are away, and whether the server still has them. It has one error for an account that does not exist and
 * for one that blocks who asks (seen); but what an account blocks only its sessions can change. So one that was there,
 * has had no session since and is none now has been removed. Pure: time comes in.
 */
export class Roll {
  /** Not asked about yet, and when they are to be, in ms; in this order. */
  readonly #fresh = new Map<string, number>();
  /** The server has said that they are there; when they are to be asked about again, in this order. */
  readonly #there = new Map<string, number>();
  /** Of these something says that they are there no more. */
  readonly #doubted = new Set<string>();
  readonly #asked = new Map<number, { account: string; at: number }>();
  #questions = 0;

  /** Nobody of an account is online to whom something is owed. */
  away(account: string, now: number): void {
    if (this.#there.has(account) || this.#fresh.has(account)) return;
    if (this.#there.size + this.#fresh.size < MOST) this.#fresh.set(account, now + FIRST);
  }

  /** Somebody of it is online: what the server has said of it holds no more. */
  online(account: string): void {
    this.#fresh.delete(account);
    this.#there.delete(account);
  }

  /** There is a sign that it has been removed. */
  doubt(account: string): void {
    if (this.#there.has(account)) this.#doubted.add(account);
  }

  /** What to ask now, so much at most. */
  due(limit: number, now: number): Question[] {
    for (const [number, { at }] of this.#asked) {
      if (now - at < PATIENCE) break;
      this.#asked.delete(number);
    }
    const accounts = [...this.#doubted].slice(0, limit);
    for (const queue of [this.#fresh, this.#there]) {
      for (const [account, dueAt] of queue) {
        if (dueAt > now || accounts.length >= limit) break;
        accounts.push(account);
      }
    }
    return accounts.map(account => this.#ask(account, now));
  }

  /** The server has answered. @returns the account, where it has been removed */
  answered(number: number, from: string, word: Word, now: number): string | undefined {
    const account = this.#asked.get(number)?.account;
    if (account === undefined || account !== from) return undefined;
    this.#asked.delete(number);
    if (word === 'nobody') return this.#there.delete(account) ? account : undefined;
    this.#there.delete(account);
    this.#there.set(account, now + AGAIN);
    return undefined;
  }

  /** Nothing is known any more. */
  clear(): void {
    for (const queue of [this.#fresh, this.#there, this.#doubted, this.#asked]) queue.clear();
  }

  #ask(account: string, now: number): Question {
    const number = ++this.#questions;
    this.#asked.set(number, { account, at: now });
    this.#doubted.delete(account);
    this.#fresh.delete(account);
    // where no answer comes it is asked about again
    if (this.#there.delete(account)) this.#there.set(account, now + AGAIN);
    return { account, number };
  }
}
