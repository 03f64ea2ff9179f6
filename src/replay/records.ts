import type { Ruling } from '../rules/ruling.js';
import type { NewMessage, RoomMessage } from '../spool/command.js';
import type { Message } from '../tap/message.js';
import { idInKey } from '../tap/room.js';
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

/** A message of a room as the spool keeps it. @param key what it is known by in its room */
export function roomMessage(
  room: string,
  key: string,
  message: Message,
  life: number,
  at: number,
): RoomMessage {
  const { from = '', id = null, 'xml:lang': lang = null } = message.element.attrs;
  const times = { receivedAt: at, stamp: at, expiresAt: at + life };
  const payload = message.payload(room, room);
  return { key, archiveId: idInKey(key), from, stanzaId: id, lang, payload, ...times };
}
