import type { SpoolPort } from '../spool/client.js';
import { ownCopy } from '../xmpp/own-copy.js';
import type { RemoteDomain } from './domain.js';

/** So many domains are tried at the same time: whoever writes to more has them wait in the spool. */
const MOST = 1_000;

/**
 * The domains that are tried. Where something is kept for more than may be tried at once, they take turns in the order
 * of their names: one whose attempt has failed gives its place to the next behind it.
 */
export class Watched {
  readonly #spool: SpoolPort;
  readonly #make: (domain: string) => RemoteDomain;
  readonly #most: number;
  readonly #domains = new Map<string, RemoteDomain>();
  /** Where some wait in the spool, the one behind which the next is looked for; null: none waits. */
  #after: string | null = null;
  /** Stands for the question that the spool answers now. An answer counts only while its object is still here. */
  #asked: object | null = null;

  constructor(spool: SpoolPort, make: (domain: string) => RemoteDomain, most = MOST) {
    this.#spool = spool;
    this.#make = make;
    this.#most = most;
  }

  get size(): number {
    return this.#domains.size;
  }

  get(name: string): RemoteDomain | undefined {
    return this.#domains.get(name);
  }

  /** Something is kept for this domain: it is tried, or waits for its turn (undefined). */
  add(name: string): RemoteDomain | undefined {
    const known = this.#domains.get(name);
    if (known !== undefined) return known;
    if (this.#domains.size >= this.#most) {
      this.#after ??= '';
      this.#asked = null; // the answer may not know of this one
      return undefined;
    }
    const own = ownCopy(name);
    const domain = this.#make(own);
    this.#domains.set(own, domain);
    return domain;
  }

  /** All for which the spool has something. */
  addAll(): void {
    this.#after = '';
    void this.#fill();
  }

  /** Nothing is kept for it any more. */
  remove(name: string): void {
    this.#domains.get(name)?.end();
    this.#domains.delete(name);
    if (this.#after !== null) this.#after = name;
    void this.#fill();
  }

  /** Its attempt has failed: another one that waits gets its place. Returns false where none does. */
  yields(name: string): boolean {
    if (this.#after === null) return false;
    this.remove(name);
    return true;
  }

  clear(): void {
    for (const domain of this.#domains.values()) domain.end();
    this.#domains.clear();
    this.#after = null;
    this.#asked = null;
  }

  async #fill(): Promise<void> {
    const after = this.#after;
    if (after === null || this.#asked !== null || this.#domains.size >= this.#most) return;
    const asked = {};
    this.#asked = asked;
    const limit = this.#most;
    const names = await this.#spool.ask({ ask: 'remote-domains', account: null, after, limit });
    if (this.#asked !== asked) return;
    this.#asked = null;
    for (const name of names ?? []) {
      if (this.#domains.size >= this.#most) return;
      this.add(name);
      this.#after = name;
    }
    if (names === undefined) return; // the spool has failed, and all begins anew
    // behind the last one those are looked at that come first; where it began with them, all are here
    if (names.length < limit) this.#after = after === '' ? null : '';
    await this.#fill();
  }
}
