import type { Element } from '@xmpp/component';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { shortKey } from '../xmpp/short-key.js';
import { isWordless, remoteVerdictOf, verdictOf } from './bounce.js';
import type { TapEvent } from './event.js';
import { bannedIn } from './expulsion.js';
import { identityOf } from './identity.js';
import { Message } from './message.js';
import { receiptIn } from './receipt.js';
import { isOfHistory } from './room.js';
import { RoomNames } from './room-names.js';
import { isSaidBy } from './said.js';
import type { Copied, Scope } from './scope.js';
import { sessionEndIn } from './session-end.js';
import { type Wrapped, wrappedMessage } from './wrapped.js';

/** Reads the copy of a message. */
export function readMessage(copy: Copied<Element>, scope: Scope): TapEvent[] {
  const { stanza, from, to, vhost } = copy;
  switch (stanza.attrs.type ?? 'normal') {
    case 'error':
      return error(copy, scope);
    case 'groupchat':
      return groupchat(copy, scope);
    case 'chat':
    case 'normal':
      break;
    default:
      return []; // a headline is never owed to anybody
  }
  if (from.full === to.bare) {
    const wrapped = wrappedMessage(stanza);
    if (wrapped !== undefined) return scope.isSession(to) ? brought(wrapped, to, vhost) : [];
  }
  if (from.resource === '' && scope.isSession(to)) {
    const result = wrappedMessage(stanza);
    if (result?.way === 'archive') return fromRoomArchive(result, from.bare, to);
  }
  const banned = from.resource === '' ? bannedIn(stanza) : null;
  const ofRoom: TapEvent[] =
    banned === null ? [] : [{ kind: 'expelled', room: from.bare, who: { account: banned, resource: null } }];
  return [...ofRoom, ...direct(copy, scope)];
}

/** From one user to another. */
function direct({ stanza, from, to, vhost }: Copied<Element>, scope: Scope): TapEvent[] {
  const message = new Message(stanza, from, to);
  const byUser = scope.isSession(from) && from.domain === vhost;
  const inName = from.resource === '' && scope.isLocal(from) && from.bare !== to.bare;
  const toLocal = scope.isLocal(to);
  if (!byUser && !inName && !toLocal) return [];
  const marks = toLocal ? message.marksBy(vhost) : undefined;
  if (marks !== undefined) {
    const unseen = !message.isReplayBy(vhost); // what is replayed was in the spool
    return [{ kind: 'flooded', message, way: message.isResentBy(vhost) ? 'resent' : 'flood', unseen, marks }];
  }
  const events: TapEvent[] = byUser ? [{ kind: 'seen', jid: from, acted: true, late: toLocal }] : [];
  // nobody here gets it, so that each copy is a sending; the occupant of a room may be another one later
  if (byUser && !toLocal && scope.isRemote(to) && stanza.getChild('x', NS.mucUser) === undefined) {
    events.push({ kind: 'remote-sent', message });
  }
  const id = receiptIn(stanza);
  // the message that it speaks of was written by `to`; ejabberd vouches for `from`, who says so
  if (id !== undefined && byUser) events.push({ kind: 'receipt', jid: from, sender: to.bare, id });
  else if (id !== undefined && toLocal && scope.isRemote(from)) {
    events.push({ kind: 'remote-receipt', account: to.bare, from: from.bare, id });
  }
  // what goes elsewhere is copied at its sending alone
  events.push({ kind: 'copied', message, sentHere: byUser || !toLocal, toLocal, inName });
  return events;
}

/** A message of a room, as one occupant gets it; the copy at sending tells nothing that its reflection does not. */
function groupchat({ stanza, from, to: jid, vhost }: Copied<Element>, scope: Scope): TapEvent[] {
  if (scope.isSession(from)) return [{ kind: 'seen', jid: from, acted: true }];
  if (!scope.isSession(jid)) return [];
  const events: TapEvent[] = [{ kind: 'seen', jid, acted: false }];
  if (!isSaidBy(from, stanza)) return events;
  const message = new Message(stanza, from, from);
  const room = from.bare;
  const way = isOfHistory(stanza, from, vhost) ? 'flood' : 'live';
  events.push({
    kind: 'said',
    jid,
    room,
    message,
    names: new RoomNames(stanza, from),
    way,
    marks: message.marksBy(room),
  });
  return events;
}

/** A result of a room's archive. */
function fromRoomArchive({ message: inner, id }: Wrapped, room: string, jid: Jid): TapEvent[] {
  const events: TapEvent[] = [{ kind: 'seen', jid, acted: false }];
  const sender = parseJid(inner.attrs.from);
  if (sender?.bare !== room || inner.attrs.type !== 'groupchat') return events;
  const message = new Message(inner, sender, sender);
  const names = new RoomNames(inner, sender, id === undefined ? undefined : shortKey(id));
  events.push({ kind: 'said', jid, room, message, names, way: 'archive', marks: undefined });
  return events;
}

/** What a session got inside a message from its own account. */
function brought({ way, message: inner, delay }: Wrapped, jid: Jid, vhost: string): TapEvent[] {
  const events: TapEvent[] = [{ kind: 'seen', jid, acted: false }];
  const sender = parseJid(inner.attrs.from);
  const recipient = parseJid(inner.attrs.to);
  if (sender === null || recipient === null) return events;
  if (sender.bare !== jid.bare && recipient.bare !== jid.bare) return events;
  const message = new Message(inner, sender, recipient);
  const { from, id } = inner.attrs;
  if (way === 'carbon' && delay.from === vhost) {
    // not `seen`: if nobody is at that JID, ejabberd gave the replay to another device
    const marks = { from, id, stamp: delay.stamp };
    return [{ kind: 'brought', jid, message, way: 'flood', marks }];
  }
  if (way === 'carbon') events.push({ kind: 'carbons', jid, on: true });
  events.push({ kind: 'brought', jid, message, way, marks: null });
  return events;
}

/**
 * A server's error to the sender comes from the JID that was addressed. From a full JID it may be the answer of a
 * client: only the server says that the session is gone, and who is there has to be known for the rest.
 */
function error({ stanza, from, to }: Copied<Element>, scope: Scope): TapEvent[] {
  if (!scope.isSession(to)) return [];
  const identity = identityOf(to.full, from.bare, stanza.attrs.id, stanza);
  if (scope.isRemote(from)) {
    const of = { sender: to, recipient: from, id: stanza.attrs.id, identity };
    return [{ kind: 'remote-bounced', ...of, verdict: remoteVerdictOf(stanza) }];
  }
  if (from.local === '') return [];
  const orClient = from.resource !== '' && sessionEndIn(stanza) === null;
  if (orClient && !isWordless(stanza)) return [];
  // what a privacy list of the recipient keeps from a session comes back so, while that answers pings
  if (orClient && new Message(stanza, to, from).isReplayBy(from.domain)) {
    return scope.isSession(from) ? [{ kind: 'filtered', jid: from, sender: to, identity }] : [];
  }
  return [{ kind: 'bounced', from, orClient, identity, verdict: verdictOf(stanza) }];
}
