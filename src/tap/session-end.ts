import type { Element } from '@xmpp/component';
import { NS } from '../xmpp/namespaces.js';

/**
 * What the server says of a session by an error: there is none under the JID addressed (`missing`), or it has ended
 * with what it was sent (`terminated`).
 */
export type SessionEnd = 'missing' | 'terminated';

/** ejabberd's words for these; where it translates them, they stand beside. */
const ENDS: Readonly<Record<string, SessionEnd>> = {
  'User session not found': 'missing',
  'User session terminated': 'terminated',
};

/** Reads whether the server says by this error that the session addressed is not there; null: it does not. */
export function sessionEndIn(error: Element): SessionEnd | null {
  const texts = error.getChild('error')?.getChildren('text', NS.stanzaErrors) ?? [];
  return texts.map(text => ENDS[text.children.join('')]).find(end => end !== undefined) ?? null;
}
