/** So many accounts are watched at most; those that come later are left out. */
const MOST = 100_000;
/** An account that is away is asked about after so long, in ms, and then again after that. */
const FIRST = 5_000;
const AGAIN = 3_600_000;
/** An account of which the server says nothing else for so long, in ms, has been removed. */
const DAY = 86_400_000;
/** An answer that has not come after so long does not come, in ms: there is none where somebody is online after all. */
const PATIENCE = 60_000;

/** What the server says of an account of which nobody is online. */
export type Word = 'there' | 'nobody';

/** One question to the server. */
export interface Question {
  account: string;
  number: number;
}

interface Watched {
  /** When it is to be asked about again, in ms. */
  dueAt: number;
  /** Since when the server says that there is nobody, in ms; null: it says that it is there. */
  nobodySince: number | null;
}

/**
 * Accounts that are away, and whether the server still has them. ejabberd has one error for three cases: no such account,
 * an account that blocks whoever asks (seen), and a table of accounts that it cannot reach (source). Only a session can
 * change what an account blocks; so an account that was there, and has had no session since, does not block. Without
 * another sign of removal the error has to last for a day: no table is away for so long. Pure: time comes in.
 */
export class Roll {
  /** Not asked about yet, and when they are to be, in ms; in this order. */
  readonly #fresh = new Map<string, number>();
  /** The server has said that they are there; in the order in which they are to be asked about again. */
  readonly #there = new Map<string, Watched>();
  /** Of these something says that they are there no more. */
  readonly #doubted = new Set<string>();
  readonly #asked = new Map<number, { account: string; at: number; isDoubted: boolean }>();
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
    for (const [account, dueAt] of this.#fresh) {
      if (dueAt > now || accounts.length >= limit) break;
      accounts.push(account);
    }
    for (const [account, { dueAt }] of this.#there) {
      if (dueAt > now || accounts.length >= limit) break;
      if (!this.#doubted.has(account)) accounts.push(account);
    }
    return accounts.map(account => this.#ask(account, now));
  }

  /** The server has answered. @returns the account, where it has been removed */
  answered(number: number, from: string, word: Word, now: number): string | undefined {
    const asked = this.#asked.get(number);
    if (asked === undefined || asked.account !== from) return undefined;
    this.#asked.delete(number);
    const { account, isDoubted } = asked;
    if (word === 'there') {
      this.#again(account, { dueAt: now + AGAIN, nobodySince: null });
      return undefined;
    }
    const watched = this.#there.get(account);
    if (watched === undefined) return undefined;
    watched.nobodySince ??= now;
    if (!isDoubted && now - watched.nobodySince < DAY) return undefined;
    this.#there.delete(account);
    return account;
  }

  /** Nothing is known any more. */
  clear(): void {
    for (const queue of [this.#fresh, this.#there, this.#doubted, this.#asked]) queue.clear();
  }

  #ask(account: string, now: number): Question {
    const number = ++this.#questions;
    this.#asked.set(number, { account, at: now, isDoubted: this.#doubted.delete(account) });
    this.#fresh.delete(account);
    const watched = this.#there.get(account);
    if (watched !== undefined) this.#again(account, { ...watched, dueAt: now + AGAIN });
    return { account, number };
  }

  #again(account: string, watched: Watched): void {
    this.#there.delete(account);
    this.#there.set(account, watched);
  }
}
