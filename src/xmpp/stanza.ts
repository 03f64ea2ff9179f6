import type { Element } from '@xmpp/component';
import { NS } from './namespaces.js';
import { escapeAttribute } from './serialize.js';

/**
 * Writes an XMPP ping (XEP-0199).
 * @returns the text of the iq stanza
 */
export function ping(from: string, to: string, id: string): string {
  const [f, t, i] = [from, to, id].map(escapeAttribute);
  return `<iq type='get' from='${f}' to='${t}' id='${i}'><ping xmlns='${NS.ping}'/></iq>`;
}

/**
 * Reads a stream error (RFC 6120, section 4.9).
 * @returns its condition ('undefined-condition' where it names none) and the server's words on it, '' for none
 */
export function readStreamError(element: Element): { condition: string; text: string } {
  const named = element.getChildElements().find(child => child.getName() !== 'text');
  const condition = named?.getName() ?? 'undefined-condition';
  return { condition, text: element.getChildText('text', NS.streamErrors) ?? '' };
}
