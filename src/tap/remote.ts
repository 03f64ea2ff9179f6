import { ownCopy } from '../xmpp/own-copy.js';

/** A domain is told of again after this long, in ms. */
const NEWS = 60_000;
/** How many domains are remembered at most. */
const MOST = 10_000;

/** True for another server; what is below a vhost is taken for a component of it (rooms, gateways). */
export function isOfOtherServer(domain: string, hosts: ReadonlySet<string>): boolean {
  if (hosts.has(domain)) return false;
  for (const host of hosts) if (domain.endsWith(`.${host}`)) return false;
  return true;
}

/** From which servers something came of late, so that it is not said at each of their stanzas. */
export class Rumours {
  readonly #toldAt = new Map<string, number>();

  isNews(domain: string, now: number): boolean {
    const toldAt = this.#toldAt.get(domain);
    if (toldAt !== undefined && now - toldAt < NEWS) return false;
    if (this.#toldAt.size >= MOST) this.#toldAt.clear();
    this.#toldAt.set(ownCopy(domain), now);
    return true;
  }
}
