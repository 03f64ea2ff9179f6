import type { Element } from '@xmpp/component';
import { NS } from '../xmpp/namespaces.js';

/** Not for the sender's other devices: XEP-0280 (private), XEP-0334 (no-copy), private messages of rooms. */
export function isPrivate(message: Element): boolean {
  return message.children.some(child => {
    if (typeof child === 'string') return false;
    const { xmlns } = child.attrs;
    if (xmlns === NS.mucUser) return child.getChild('invite') === undefined;
    return (
      (xmlns === NS.carbons && child.name === 'private') || (xmlns === NS.hints && child.name === 'no-copy')
    );
  });
}
