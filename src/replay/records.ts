import type { Ruling } from '../rules/ruling.js';
import type { NewMessage, RoomMessage, SaidInRoom, StoredInRoom } from '../spool/content.js';
import type { Message } from '../tap/message.js';
import { retractionIn } from '../tap/retraction.js';
import { idInKey, keyById } from '../tap/room.js';
import { idByStamp, type RoomNames } from '../tap/room-names.js';
import { believed } from '../xmpp/stamp.js';

/**
 * A message of a user as the spool keeps it.
 * @param at when it came, as a date
 * @param maxAge the longest life of any message, in ms; and the vhost's own stamp is believed where it is no older
 */
export function newMessage(message: Message, ruling: Ruling, at: number, maxAge: number): NewMessage {
  const vhost = message.recipient.domain;
  const { from = '', to = '', type = null, id = null, 'xml:lang': lang = null } = message.element.attrs;
  return {
    account: message.account,
    room: message.room,
    alone: ruling.whom === 'device',
    counts: ruling.counts,
    refersTo: ruling.refersTo,
    sentBy: null,
    identity: message.identity,
    from,
    to,
    type,
    stanzaId: id,
    lang,
    payload: message.payload(vhost),
    receivedAt: at,
    stamp: believed(message.stampBy(vhost), at, maxAge),
    expiresAt: at + Math.min(ruling.life, maxAge),
  };
}

/** What a message of a room is known by, beside its key. */
function saidInRoom({ element, sender }: Message, { identity }: RoomNames): SaidInRoom {
  return {
    identity,
    from: element.attrs.from ?? '',
    retracts: retractionIn(element, sender.resource === ''),
  };
}

/** What a room's history or archive has brought, as the spool looks for it. */
export function storedInRoom(room: string, message: Message, names: RoomNames): StoredInRoom {
  const id = names.id === undefined ? idByStamp(message.element, room) : undefined;
  return { ...saidInRoom(message, names), keyByStamp: id === undefined ? null : keyById(id) };
}

/** A message of a room as the spool keeps it. @param key what it is known by in its room */
export function roomMessage(
  room: string,
  key: string,
  message: Message,
  names: RoomNames,
  life: number,
  at: number,
): RoomMessage {
  const { id = null, 'xml:lang': lang = null } = message.element.attrs;
  const times = { receivedAt: at, stamp: at, expiresAt: at + life };
  const payload = message.payload(room, room);
  const said = saidInRoom(message, names);
  return { ...said, key, archiveId: idInKey(key), stanzaId: id, lang, payload, ...times };
}
