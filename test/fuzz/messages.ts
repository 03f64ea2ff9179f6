import { withDelay } from './account.js';
import { bareOf, goneError, type Stanza } from './stanza.js';

const STANZAS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
const FULL =
  `<error type='wait'><resource-constraint ${STANZAS}/><text xml:lang='en' ${STANZAS}>` +
  'Your contact offline message queue is full. The message has been discarded.</text></error>';

/** What its sender gets of a message that was not delivered; it repeats the content. */
export function bounceOf({ from, to, id, payload }: Stanza, why: 'full' | 'terminated'): Stanza {
  const error = why === 'full' ? FULL : goneError('User session terminated');
  const bounce: Stanza = {
    name: 'message',
    from: to,
    to: from,
    type: 'error',
    payload: `${error}${payload}`,
  };
  return id === undefined ? bounce : { ...bounce, id };
}

/** A carbon copy (XEP-0280) for one device. */
export function carbonsOf(kind: 'sent' | 'received', stanza: Stanza, to: string): Stanza {
  const { from, id, type = 'normal', payload, token, since } = stanza;
  const named = id === undefined ? '' : ` id='${id}'`;
  const inner = `<message to='${stanza.to}' from='${from}' type='${type}'${named} xmlns='jabber:client'>${payload}</message>`;
  const forwarded = `<forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded>`;
  const carbon: Stanza = {
    name: 'message',
    from: bareOf(to),
    to,
    type,
    payload: `<${kind} xmlns='urn:xmpp:carbons:2'>${forwarded}</${kind}>`,
    way: 'carbon',
  };
  return { ...carbon, ...(token === undefined ? {} : { token }), ...(since === undefined ? {} : { since }) };
}

/** A message that goes its way once more; a replay stays a replay. */
export function reroute(stanza: Stanza, date: number, reason: string): Stanza {
  const way = stanza.way === 'replay' ? 'replay' : 'resent';
  return { ...stanza, payload: withDelay(stanza.payload, date, reason), way };
}
