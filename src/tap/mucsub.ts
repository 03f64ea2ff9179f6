import { type Element, xml } from '@xmpp/component';
import { parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';

/**
 * MucSub, ejabberd's own: a room sends to subscribers who are not in it what is said there, inside a pubsub event from
 * the room's bare JID. Anybody can send what has this form: what is inside counts only where an occupant of that very room
 * has said it.
 * @returns what was said, or undefined where a message is nothing of the kind
 */
export function insideMucSub(message: Element): Element | undefined {
  const event = message.children.find(
    (child): child is Element =>
      typeof child !== 'string' && child.name === 'event' && child.attrs.xmlns === NS.pubsubEvent,
  );
  const items = event?.getChild('items');
  const node = items?.attrs.node;
  if (node !== NS.mucSubMessages && node !== NS.mucSubSubject) return undefined;
  const said = items?.getChild('item')?.getChild('message');
  const [room, occupant] = [parseJid(message.attrs.from), parseJid(said?.attrs.from)];
  return room !== null && room.resource === '' && room.full === occupant?.bare ? said : undefined;
}

/**
 * True for the event that somebody has come into a room, or gone: mod_offline keeps none (need_to_store, 24.02), though
 * it keeps all others, of affiliations, settings, participants and subscribers.
 */
export function isPresenceEvent(child: Element): boolean {
  if (child.name !== 'event' || child.attrs.xmlns !== NS.pubsubEvent) return false;
  return child.getChild('items')?.attrs.node === NS.mucSubPresence;
}

/**
 * A subscriber's message as the room had sent it, for mod_push_offline shows what is inside alone (seen in its source).
 * @param vhost whose stamp goes to the outside, where it would be in the flood
 */
export function wrapMucSub(said: Element, account: string, vhost: string): Element {
  const isStamp = (child: Element) => child.attrs.xmlns === NS.delay && child.attrs.from === vhost;
  const children = said.getChildElements();
  const inner = children.filter(child => !isStamp(child));
  const id = said.attrs.id ?? said.getChild('stanza-id')?.attrs.id;
  const about = said.getChild('subject') && !said.getChild('body') ? NS.mucSubSubject : NS.mucSubMessages;
  const item = xml('item', { id }, xml('message', { ...said.attrs, xmlns: NS.client }, ...inner));
  const event = xml('event', { xmlns: NS.pubsubEvent }, xml('items', { node: about }, item));
  const from = said.attrs.from?.split('/')[0];
  return xml('message', { from, to: account, id }, event, ...children.filter(isStamp));
}
