import type { Element } from '@xmpp/component';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { shortKey } from '../xmpp/short-key.js';
import { isDestroyed, isExpelling } from './expulsion.js';

/**
 * What a room's presence tells an occupant about itself (XEP-0045). `joined`: it is in; `removed`: somebody has put it
 * out; `gone`: it left, or its session ended; `other`: not about this session, or not from a room.
 */
export type SelfPresence = 'joined' | 'removed' | 'gone' | 'other';

/** Not out, but known by another nick now (7.6). */
const NEW_NICK = '303';

/** Reads a presence that a room sent to a session; `other` where it is not about that very session, or not a room's. */
export function readSelfPresence(presence: Element): SelfPresence {
  const user = presence.getChild('x', NS.mucUser);
  const codes = user?.getChildren('status').map(status => status.attrs.code ?? '') ?? [];
  if (user === undefined) return 'other';
  if (presence.attrs.type === undefined) return codes.includes('110') ? 'joined' : 'other';
  if (presence.attrs.type !== 'unavailable') return 'other';
  if (isDestroyed(user)) return 'removed';
  // a server without status 110 on a kick still names the session in the item
  const self = codes.includes('110') || user.getChild('item')?.attrs.jid === presence.attrs.to;
  if (!self || codes.includes(NEW_NICK)) return 'other';
  return isExpelling(user) ? 'removed' : 'gone';
}

/**
 * The session of which a room tells another occupant that it is gone: it left, or its stream has ended; undefined where
 * somebody has removed it, it goes on under a new nick, or the room does not say who it is (XEP-0045, 7.14).
 */
export function goneOccupant(presence: Element): Jid | undefined {
  const user = presence.getChild('x', NS.mucUser);
  if (user === undefined || presence.attrs.type !== 'unavailable' || isExpelling(user)) return undefined;
  const hasNewNick = user.getChildren('status').some(status => status.attrs.code === NEW_NICK);
  return hasNewNick ? undefined : (parseJid(user.getChild('item')?.attrs.jid) ?? undefined);
}

/**
 * The id that a room gave a message (XEP-0359), or undefined; in short, for it is kept. Of several it is the last: ejabberd
 * from 26.03 on puts its own behind what a writer has written in the room's name, where the room has no archive (source).
 */
export function stanzaIdBy(message: Element, room: string): string | undefined {
  for (let at = message.children.length - 1; at >= 0; at--) {
    const child = message.children[at];
    if (child === undefined || typeof child === 'string') continue;
    if (child.name !== 'stanza-id' || child.attrs.xmlns !== NS.stanzaId) continue;
    const { by, id } = child.attrs;
    if (id !== undefined && parseJid(by)?.full === room) return shortKey(id);
  }
  return undefined;
}

const BY_ID = 'id ';

/** What a message is known by in its room where that gave it an id. */
export function keyById(id: string): string {
  return `${BY_ID}${id}`;
}

/** The room's id in such a key, or null. */
export function idInKey(key: string): string | null {
  return key.startsWith(BY_ID) ? key.slice(BY_ID.length) : null;
}

/**
 * True where it comes out of the history of a room (XEP-0045, 7.2.13): it has a stamp of the room, of its service, or of
 * the vhost. A stamp of anybody else its writer has written, as bridges do and who was late to send it.
 */
export function isOfHistory(message: Element, { bare, domain }: Jid, vhost: string): boolean {
  return message.children.some(child => {
    if (typeof child === 'string' || child.attrs.xmlns !== NS.delay) return false;
    const stamper = parseJid(child.attrs.from);
    return stamper?.bare === bare || stamper?.full === domain || stamper?.full === vhost;
  });
}
