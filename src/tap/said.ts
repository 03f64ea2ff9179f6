import type { Element } from '@xmpp/component';
import type { Jid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { isAddedOnTheWay } from './identity.js';
import { retractionIn } from './retraction.js';

/** True for what was said in a room by an occupant; of what the room itself says, for what a moderator has taken back. */
export function isSaidBy({ resource }: Jid, message: Element): boolean {
  return resource === '' ? retractionIn(message, true) !== null : isSaid(message);
}

/** No subject, no notice of the room itself, nothing empty. */
function isSaid(message: Element): boolean {
  let says = false;
  for (const child of message.children) {
    if (typeof child === 'string' || isAddedOnTheWay(child)) continue;
    if (child.name === 'subject' && message.getChild('body') === undefined) return false;
    if (child.name === 'retracted' && isOfRetraction(child)) return false; // what an archive has in place of it
    if (child.attrs.xmlns === NS.mucUser && child.getChild('status') !== undefined) return false;
    if (child.attrs.xmlns !== NS.chatStates && child.name !== 'thread') says = true;
  }
  return says;
}

function isOfRetraction({ attrs: { xmlns } }: Element): boolean {
  return xmlns === NS.retract || xmlns === NS.retract0;
}
