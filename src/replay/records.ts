import type { NewMessage, RoomMessage } from '../spool/command.js';
import type { Message } from '../tap/message.js';
import { idInKey } from '../tap/room.js';

/** A message of a user as the spool keeps it. @param life how long, in ms @param at when it came, as a date */
export function newMessage(message: Message, life: number, at: number): NewMessage {
  const { from = '', to = '', type = null, id = null, 'xml:lang': lang = null } = message.element.attrs;
  return {
    account: message.account,
    room: message.room,
    sentBy: null,
    identity: message.identity,
    from,
    to,
    type,
    stanzaId: id,
    lang,
    payload: message.payload(),
    receivedAt: at,
    stamp: Math.min(at, message.stamp ?? at),
    expiresAt: at + life,
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
  const times = { receivedAt: at, stamp: Math.min(at, message.stamp ?? at), expiresAt: at + life };
  const payload = message.payload(room);
  return { key, archiveId: idInKey(key), from, stanzaId: id, lang, payload, ...times };
}
