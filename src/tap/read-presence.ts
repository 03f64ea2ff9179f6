import type { Element } from '@xmpp/component';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { serialize } from '../xmpp/serialize.js';
import { shortKey } from '../xmpp/short-key.js';
import type { TapEvent } from './event.js';
import { expulsionIn, isBarred } from './expulsion.js';
import { goneOccupant, readSelfPresence } from './room.js';
import type { Copied, Scope } from './scope.js';

/** Reads the copy of a presence. */
export function readPresence(copy: Copied<Element>, scope: Scope): TapEvent[] {
  const { stanza, from, to } = copy;
  const events = readPresenceOf(copy, scope);
  const isOwn = to.full === from.full && stanza.attrs.type === undefined && scope.isSession(from);
  return isOwn ? [{ kind: 'registered', jid: from }, ...events] : events;
}

function readPresenceOf({ stanza, from, to, vhost }: Copied<Element>, scope: Scope): TapEvent[] {
  const { type } = stanza.attrs;
  const isToldOf = scope.isSession(from) && isOld(stanza, from);
  if (!scope.isSession(from) || from.domain !== vhost || isToldOf) {
    return to.resource !== '' && to.domain === vhost ? presenceTo(to, from, stanza, isToldOf, scope) : [];
  }
  if (to.full === from.bare || stanza.attrs.to === undefined) return ownPresence(from, stanza);
  const isToOccupant = to.resource !== '' && !scope.isSession(to);
  const anew = stanza.getChild('x', NS.muc) !== undefined;
  if (type === undefined && (anew || isToOccupant)) {
    return [
      { kind: 'seen', jid: from, acted: true },
      { kind: 'joins', jid: from, room: to.bare, anew },
    ];
  }
  if (type !== 'unavailable') return [];
  // A contact, or another device, was told so; a room's name says nothing of the session.
  if (!scope.isSession(to)) return [{ kind: 'leaves', jid: from, room: to.bare }];
  // the server tells all sessions of an account, the next one of the same JID too, that one has ended
  if (to.full === from.full) return [{ kind: 'ended', jid: from, room: null }];
  // the server marks what clients send with their language, but not what it says for them
  const isItself = stanza.attrs['xml:lang'] !== undefined;
  const how = isItself ? 'itself' : to.bare === from.bare ? 'device' : 'contact';
  return [{ kind: 'told-of-end', jid: from, how }];
}

function ownPresence(jid: Jid, stanza: Element): TapEvent[] {
  const { type } = stanza.attrs;
  if (type === 'unavailable') return [{ kind: 'unavailable', jid }];
  if (type !== undefined) return [];
  const presence = stanza.children
    .map(child => (typeof child === 'string' ? child : serialize(child)))
    .join('');
  return [{ kind: 'available', jid, priority: priorityOf(stanza), presence: shortKey(presence) }];
}

/** From outside: a room may tell the session what has become of it there. */
function presenceTo(jid: Jid, from: Jid, stanza: Element, isToldOf: boolean, scope: Scope): TapEvent[] {
  if (!scope.isSession(jid)) return [];
  const events: TapEvent[] = [{ kind: 'seen', jid, acted: false }];
  if (isToldOf) events.push({ kind: 'told-of-others', jid });
  const is = from.resource === '' && from.local === '' ? 'other' : readSelfPresence(stanza);
  const gone = goneOccupant(stanza);
  if (gone !== undefined && gone.full !== jid.full && scope.isSession(gone)) {
    events.push({ kind: 'ended', jid: gone, room: from.bare });
  }
  if (stanza.attrs.type === 'unsubscribed' && from.resource === '' && scope.isLocal(from)) {
    events.push({ kind: 'unsubscribed', account: from.bare });
  }
  if (is !== 'other') events.push({ kind: 'placed', jid, room: from.bare, nick: from.resource, is });
  const who = from.local === '' ? null : expulsionIn(stanza, jid);
  if (who !== null) events.push({ kind: 'expelled', room: from.bare, who });
  if (isBarred(stanza)) events.push({ kind: 'barred', jid, room: from.bare });
  return events;
}

/** Is it an earlier presence of a session here that the server tells another one, with the time (XEP-0203)? */
function isOld(stanza: Element, from: Jid): boolean {
  if (stanza.attrs.type !== undefined) return false;
  return stanza.children.some(
    child =>
      typeof child !== 'string' &&
      child.attrs.xmlns === NS.delay &&
      parseJid(child.attrs.from)?.full === from.full,
  );
}

/** RFC 6121, 4.7.2.3: an integer from -128 to 127, zero where there is none. */
function priorityOf(presence: Element): number {
  const priority = Number.parseInt(presence.getChildText('priority') ?? '0', 10);
  return Number.isNaN(priority) ? 0 : Math.max(-128, Math.min(127, priority));
}
