import type { Element } from '@xmpp/component';
import { parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { shortKey } from '../xmpp/short-key.js';
import { parseStamp } from '../xmpp/stamp.js';
import { Message } from './message.js';
import { stanzaIdBy } from './room.js';
import { RoomNames } from './room-names.js';
import { isSaidBy } from './said.js';

/** A message of a room as its archive answers the component (XEP-0313). */
export interface Archived {
  /** What the query was called. */
  readonly query: string;
  /** The archive's id of it, in short. */
  readonly id: string;
  /** When it was said, in ms since 1970. */
  readonly stamp: number;
  /** undefined where it is nothing that was said: a subject, a notice. */
  readonly said: { readonly message: Message; readonly names: RoomNames } | undefined;
}

/**
 * Reads a result of a room's archive that came to the component; undefined where it is none.
 */
export function readArchived(stanza: Element): Archived | undefined {
  const result = stanza.getChild('result', NS.mam);
  const forwarded = result?.getChild('forwarded', NS.forward);
  const inner = forwarded?.getChild('message');
  const stamp = parseStamp(forwarded?.getChild('delay', NS.delay)?.attrs.stamp);
  const { id, queryid: query } = result?.attrs ?? {};
  if (inner === undefined || id === undefined || query === undefined || stamp === undefined) return undefined;
  const room = parseJid(stanza.attrs.from)?.full ?? '';
  const sender = parseJid(inner.attrs.from);
  const isOfRoom = sender?.bare === room && inner.attrs.type === 'groupchat' && isSaidBy(sender, inner);
  const known = stanzaIdBy(inner, room) ?? shortKey(id);
  const said = isOfRoom
    ? { message: new Message(inner, sender, sender), names: new RoomNames(inner, sender, known) }
    : undefined;
  return { query, id: known, stamp, said };
}
