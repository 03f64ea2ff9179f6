import { isUnknown, type Open, settledOf } from './open-reception.js';
import type { Reception } from './reception.js';

/** So many are open at most; the oldest go of those that wait for who is not known. */
const MOST = 50_000;
/** They go so many at a time: to look for the first key of a Map is to pass all that were deleted. */
const LOT = 2_000;

const NONE: readonly Open[] = [];
const NO_KEYS: readonly number[] = [];

/** The receptions that are open, by number, and by account and message. */
export class OpenReceptions {
  readonly #byNumber = new Map<number, Open>();
  readonly #byAccount = new Map<string, Map<string, Open>>();
  #last = 0;

  get(account: string, identity: string): Open | undefined {
    return this.#byAccount.get(account)?.get(identity);
  }

  numbered(number: number): Open | undefined {
    return this.#byNumber.get(number);
  }

  /** All of an account. */
  of(account: string): readonly Open[] {
    const opens = this.#byAccount.get(account);
    return opens === undefined ? NONE : [...opens.values()];
  }

  /** How many an account has. */
  countOf(account: string): number {
    return this.#byAccount.get(account)?.size ?? 0;
  }

  /** Those that have to make room where there are too many. */
  excess(): readonly Open[] {
    if (this.#byNumber.size < MOST + LOT) return NONE;
    const most = this.#byNumber.size - MOST;
    return [...this.#byNumber.values()].filter(isUnknown).slice(0, most);
  }

  /** @param at when its first copy came, in ms */
  add(reception: Reception, at: number): Open {
    const { account, identity, takers, floor } = reception;
    const number = ++this.#last;
    const settled = settledOf(reception);
    const had = NO_KEYS;
    const known = { copies: 1, takers, gone: 0, answered: null, floor, had };
    const open: Open = { reception, number, at, settled, ...known };
    this.#byNumber.set(number, open);
    const others = this.#byAccount.get(account);
    if (others === undefined) this.#byAccount.set(account, new Map([[identity, open]]));
    else others.set(identity, open);
    return open;
  }

  delete({ number, reception: { account, identity } }: Open): void {
    this.#byNumber.delete(number);
    const others = this.#byAccount.get(account);
    others?.delete(identity);
    if (others?.size === 0) this.#byAccount.delete(account);
  }

  clear(): void {
    this.#byNumber.clear();
    this.#byAccount.clear();
  }
}
