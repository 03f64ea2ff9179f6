import type { Element } from '@xmpp/component';
import { NS } from '../xmpp/namespaces.js';
import { parseStamp } from '../xmpp/stamp.js';

/** A message inside another, and who has stamped it there. */
export interface Wrapped {
  way: 'carbon' | 'archive';
  message: Element;
  delay: { from: string | undefined; stamp: number };
  /** The archive's id of it. */
  id: string | undefined;
}

/** The message in a carbon copy (XEP-0280) or in a result of the archive (XEP-0313). */
export function wrappedMessage(stanza: Element): Wrapped | undefined {
  for (const child of stanza.children) {
    if (typeof child === 'string') continue;
    const { xmlns } = child.attrs;
    const carbon = xmlns === NS.carbons && (child.name === 'received' || child.name === 'sent');
    if (!carbon && !(xmlns === NS.mam && child.name === 'result')) continue;
    const forwarded = child.getChild('forwarded', NS.forward);
    const message = forwarded?.getChild('message');
    if (message === undefined) continue;
    const { from, stamp } = forwarded?.getChild('delay', NS.delay)?.attrs ?? {};
    const delay = { from, stamp: parseStamp(stamp) ?? Number.NaN };
    return { way: carbon ? 'carbon' : 'archive', message, delay, id: child.attrs.id };
  }
  return undefined;
}
