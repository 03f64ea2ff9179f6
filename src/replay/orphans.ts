/** What a session got that was not known: to whom it was addressed, and when it came, in ms. */
export interface Orphan {
  readonly identity: string;
  /** Empty where it was for the account. */
  readonly resource: string;
  readonly at: number;
  /** Directory of a lower priority have not got it, for one of this priority has, or may have. */
  floor: number;
  /** The sessions to which it was put down, by their keys. */
  readonly had: number[];
}

/** They are remembered for so many accounts. */
const MOST_ACCOUNTS = 5_000;
/** And so many of each. */
const MOST_OF_ONE = 200;

/** Messages that sessions got which are not known yet, until those are found. */
export class Orphans {
  readonly #byAccount = new Map<string, Map<string, Orphan>>();

  note(account: string, of: Omit<Orphan, 'had'>): void {
    const known = this.#byAccount.get(account) ?? new Map<string, Orphan>();
    const again = known.get(of.identity);
    if (again !== undefined) again.floor = Math.max(again.floor, of.floor);
    else if (known.size < MOST_OF_ONE) {
      this.#byAccount.set(account, known.set(of.identity, { ...of, had: [] }));
    }
    if (this.#byAccount.size < 2 * MOST_ACCOUNTS) return; // many at a time: a Map's first key is found past deleted ones
    for (const oldest of this.#byAccount.keys()) {
      if (this.#byAccount.size <= MOST_ACCOUNTS) break;
      this.#byAccount.delete(oldest);
    }
  }

  of(account: string): Iterable<Orphan> {
    return this.#byAccount.get(account)?.values() ?? [];
  }

  /** A session of this priority was there until now, it may be: it has what came for the account. */
  raise(account: string, priority: number): void {
    for (const orphan of this.of(account)) orphan.floor = Math.max(orphan.floor, priority);
  }

  forget(account: string): void {
    this.#byAccount.delete(account);
  }

  clear(): void {
    this.#byAccount.clear();
  }
}
