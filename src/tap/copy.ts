import type { Element } from '@xmpp/component';
import { parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';

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

/** `from` has to be a bare JID of a vhost and the addressee of the message inside. */
function readPush(stanza: Element, event: Element, hosts: ReadonlySet<string>): Incoming {
  const items = child(event, 'items');
  if (items?.attrs.node !== NS.pushMessages) return DIRECT;
  const message = items.getChild('item')?.getChild('message');
  const from = parseJid(stanza.attrs.from);
  const to = parseJid(message?.attrs.to);
  const believed =
    message !== undefined &&
    from !== null &&
    from.resource === '' &&
    from.local !== '' &&
    hosts.has(from.domain) &&
    from.bare === to?.bare;
  return believed
    ? { kind: 'push', vhost: from.domain, stanza: message }
    : { kind: 'forged', from: stanza.attrs.from ?? '' };
}

function child(element: Element, name: string, xmlns?: string): Element | undefined {
  return element.children.find(
    (node): node is Element =>
      typeof node !== 'string' && node.name === name && (xmlns === undefined || node.attrs.xmlns === xmlns),
  );
}
