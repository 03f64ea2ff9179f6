import type { Element } from '@xmpp/component';
import { parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';

/**
 * What changes in whom an account blocks (XEP-0191). `more`: these too. `fewer`: these no more; with no JIDs, nobody
 * any more. `these`: exactly these. `anew`: another privacy list (XEP-0016) may hold for all sessions. `else`: a
 * privacy list changed in a way that says little.
 */
export type BlocksChange = 'more' | 'fewer' | 'these' | 'anew' | 'else';

/** A change, and the JIDs in normal form that it names. */
export interface Blocks {
  readonly change: BlocksChange;
  readonly jids: readonly string[];
}

/**
 * Reads a request of an account to its server about whom it blocks, the server's word to its sessions that this has
 * changed, or its answer to who they are; null: it is none of these.
 * @param iq of which it is known that it is between an account and its server
 */
export function blocksIn(iq: Element): Blocks | null {
  const child = iq.getChildElements()[0];
  const { type } = iq.attrs;
  if (child?.attrs.xmlns === NS.blocking) {
    if (type === 'set' && child.name === 'block') return { change: 'more', jids: jidsIn(child) };
    if (type === 'set' && child.name === 'unblock') return { change: 'fewer', jids: jidsIn(child) };
    return type === 'result' && child.name === 'blocklist' ? { change: 'these', jids: jidsIn(child) } : null;
  }
  if (child?.attrs.xmlns !== NS.privacy || type !== 'set') return null;
  return { change: child.getChild('default') === undefined ? 'else' : 'anew', jids: [] };
}

function jidsIn(list: Element): string[] {
  return list.getChildren('item').flatMap(item => parseJid(item.attrs.jid)?.full ?? []);
}
