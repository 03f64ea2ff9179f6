import type { Element } from '@xmpp/component';
import { parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import type { Expulsion } from './expulsion.js';

/** So many of one list are looked at: a room takes no longer ones at once. */
const MOST = 100;

/** Whom a request to a room would expel: by a ban (XEP-0045, 9.1), or all of them with the room itself (10.9). */
export function expelledBy(request: Element): Expulsion[] {
  if (request.attrs.type !== 'set') return [];
  if (request.getChild('query', NS.mucOwner)?.getChild('destroy') !== undefined)
    return [{ account: null, resource: null }];
  const items = request.getChild('query', NS.mucAdmin)?.getChildren('item').slice(0, MOST) ?? [];
  return items.flatMap(({ attrs }) => {
    const banned = attrs.affiliation === 'outcast' ? parseJid(attrs.jid) : null;
    return banned === null ? [] : [{ account: banned.bare, resource: null }];
  });
}
