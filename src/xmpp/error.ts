import type { Element } from '@xmpp/component';
import { NS } from './namespaces.js';
import { escapeAttribute } from './serialize.js';

/** The conditions of RFC 6120, section 8.3.3, that the component answers with, and their types. */
const TYPES = {
  'bad-request': 'modify',
  forbidden: 'auth',
  'internal-server-error': 'cancel',
  'item-not-found': 'cancel',
  'service-unavailable': 'cancel',
} as const;

export type Condition = keyof typeof TYPES;

/**
 * Answers a stanza with an error (RFC 6120, section 8.3).
 * @param more an element of the protocol at hand that says it exactly
 * @returns the text of the answer, or null where none can be addressed
 */
export function errorTo(stanza: Element, condition: Condition, more = ''): string | null {
  const addressed = answerAttributes(stanza);
  if (addressed === null) return null;
  const error = `<error type='${TYPES[condition]}'><${condition} xmlns='${NS.stanzaErrors}'/>${more}</error>`;
  return `<${stanza.name} ${addressed} type='error'>${error}</${stanza.name}>`;
}

/** Answers an iq with its result. */
export function resultTo(request: Element, payload: string): string | null {
  const addressed = answerAttributes(request);
  return addressed === null ? null : `<iq ${addressed} type='result'>${payload}</iq>`;
}

/** An iq has to have an id (RFC 6120, section 8.1.3), other stanzas may. */
function answerAttributes({ name, attrs }: Element): string | null {
  const { from, to, id } = attrs;
  if (from === undefined || to === undefined || (name === 'iq' && id === undefined)) return null;
  const ids = id === undefined ? '' : ` id='${escapeAttribute(id)}'`;
  return `from='${escapeAttribute(to)}' to='${escapeAttribute(from)}'${ids}`;
}
