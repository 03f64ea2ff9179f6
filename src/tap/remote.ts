import type { Element } from '@xmpp/component';
import { NS } from '../xmpp/namespaces.js';
import { ownCopy } from '../xmpp/own-copy.js';

/** A domain is told of again after this long, in ms. */
const NEWS = 60_000;
/** How many domains are remembered at most. */
const MOST = 10_000;
/** What says that a message has arrived: receipts (XEP-0184) and all chat markers (XEP-0333) name its id. */
const SAYS_SO: ReadonlySet<string> = new Set(['received', 'displayed', 'acknowledged']);

/** True for another server; what is below a vhost is taken for a component of it (rooms, gateways). */
export function isOfOtherServer(domain: string, hosts: ReadonlySet<string>): boolean {
  if (hosts.has(domain)) return false;
  for (const host of hosts) if (domain.endsWith(`.${host}`)) return false;
  return true;
}

/** The id of the message that this one says has arrived. */
export function receiptIn(message: Element): string | undefined {
  for (const child of message.children) {
    if (typeof child === 'string' || !SAYS_SO.has(child.name)) continue;
    if (child.attrs.xmlns === NS.receipts || child.attrs.xmlns === NS.chatMarkers) return child.attrs.id;
  }
  return undefined;
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
