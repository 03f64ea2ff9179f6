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

/** Why a server ends a stream (RFC 6120, section 4.9). */
export interface StreamError {
  /** 'undefined-condition' where it names none. */
  condition: string;
  /** Condition and the server's own words on it. */
  said: string;
}

/** Reads a stream error. */
export function readStreamError(element: Element): StreamError {
  const named = element.getChildElements().find(child => child.getName() !== 'text');
  const condition = named?.getName() ?? 'undefined-condition';
  const text = element.getChildText('text', NS.streamErrors) ?? '';
  return { condition, said: text === '' ? condition : `${condition}, "${text}"` };
}
