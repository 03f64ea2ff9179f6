import type { Element } from '@xmpp/component';
import { parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { wrapMucSub } from './mucsub.js';

/**
 * What a stanza that came to the component is:
 * a copy of a stanza (mod_service_log) or of a message stored offline (mod_push_offline), a forged one,
 * or something addressed to the component itself.
 */
export type Incoming =
  | { kind: 'copy'; vhost: string; stanza: Element }
  | { kind: 'push'; vhost: string; stanza: Element }
  | { kind: 'forged'; from: string }
  | { kind: 'direct' };

const DIRECT: Incoming = { kind: 'direct' };

/**
 * Decides whom to believe: anyone on the network can write to the component's domain, but nobody can be a bare vhost
 * or another account's bare JID.
 * @param stanza as it came to the component
 * @param hosts the vhosts served, in normal form
 */
export function readIncoming(stanza: Element, hosts: ReadonlySet<string>): Incoming {
  if (stanza.name !== 'message' || stanza.attrs.type === 'error') return DIRECT;
  const forwarded = child(stanza, 'forwarded', NS.forward);
  if (forwarded !== undefined) {
    const inner = forwarded.children.find(node => typeof node !== 'string') as Element | undefined;
    const from = stanza.attrs.from ?? '';
    return hosts.has(from) && inner !== undefined
      ? { kind: 'copy', vhost: from, stanza: inner }
      : { kind: 'forged', from };
  }
  const event = child(stanza, 'event', NS.pubsubEvent);
  return event === undefined ? DIRECT : readPush(stanza, event, hosts);
}

/**
 * `from` must be an account of a vhost, and the addressee of the message inside; it is a full JID where the message was
 * sent to one (seen in the source). A user can imitate both: from his bare JID by a PEP node (XEP-0163), which
 * `pushedIn` tells; from his full JID by a service such as XEP-0033's, which the tap tells, for it has seen him send
 * it.
 */
function readPush(stanza: Element, event: Element, hosts: ReadonlySet<string>): Incoming {
  const items = child(event, 'items');
  if (items?.attrs.node !== NS.pushMessages) return DIRECT;
  const from = parseJid(stanza.attrs.from);
  const forged = { kind: 'forged', from: stanza.attrs.from ?? '' } as const;
  const message = pushedIn(stanza, items);
  if (message === undefined || from === null || from.local === '' || !hosts.has(from.domain)) return forged;
  // of a subscriber's message what was said in the room is shown, which need not name him
  const isSaid = message.attrs.type === 'groupchat';
  if (parseJid(message.attrs.to ?? (isSaid ? from.bare : undefined))?.full !== from.full) return forged;
  return {
    kind: 'push',
    vhost: from.domain,
    stanza: isSaid ? wrapMucSub(message, from.bare, from.domain) : message,
  };
}

/**
 * The message in an event as mod_push_offline makes it (seen in its source): stanza and item have one id, which is random,
 * and there is nothing else. The owner of a node chooses the ids of its items, but not those of the messages about them.
 */
function pushedIn(stanza: Element, items: Element): Element | undefined {
  const [item, ...others] = items.getChildElements();
  const isBare = stanza.attrs.type === undefined && stanza.getChildElements().length === 1;
  const isOne = item?.name === 'item' && others.length === 0;
  const { id } = stanza.attrs;
  return isBare && isOne && id !== undefined && item.attrs.id === id ? item.getChild('message') : undefined;
}

function child(element: Element, name: string, xmlns?: string): Element | undefined {
  return element.children.find(
    (node): node is Element =>
      typeof node !== 'string' && node.name === name && (xmlns === undefined || node.attrs.xmlns === xmlns),
  );
}
