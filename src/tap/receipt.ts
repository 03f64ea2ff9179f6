import type { Element } from '@xmpp/component';
import { NS } from '../xmpp/namespaces.js';

/** What says that a message has arrived: receipts (XEP-0184) and all chat markers (XEP-0333) name its id. */
const SAYS_SO: ReadonlySet<string> = new Set(['received', 'displayed', 'acknowledged']);

/** The id of the message that this one says has arrived. */
export function receiptIn(message: Element): string | undefined {
  for (const child of message.children) {
    if (typeof child === 'string' || !SAYS_SO.has(child.name)) continue;
    if (child.attrs.xmlns === NS.receipts || child.attrs.xmlns === NS.chatMarkers) return child.attrs.id;
  }
  return undefined;
}
