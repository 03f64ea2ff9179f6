import type { Element } from '@xmpp/component';
import type { Jid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { parseStamp } from '../xmpp/stamp.js';
import { isOriginId, roomIdentityOf } from './identity.js';
import { keyById, stanzaIdBy } from './room.js';

/** What a message of a room is known by: it is the same message by any of these. */
export class RoomNames {
  /** The room's own id of it (XEP-0359), in short. */
  readonly id: string | undefined;
  readonly #occupant: Jid;
  readonly #message: Element;
  #identity: string | undefined;

  /** @param id as an archive calls it, where the message does not say */
  constructor(message: Element, occupant: Jid, id?: string) {
    this.id = stanzaIdBy(message, occupant.bare) ?? id;
    this.#occupant = occupant;
    this.#message = message;
  }

  /** By its writer's id and words, or by all that it says; see roomIdentityOf. Equal messages of one id share it. */
  get identity(): string {
    this.#identity ??= roomIdentityOf(this.#occupant, writersId(this.#message), this.#message);
    return this.#identity;
  }

  get hasWritersId(): boolean {
    return writersId(this.#message) !== undefined;
  }

  /** The room's id where there is one, which no other message has. */
  get key(): string {
    return this.id === undefined ? this.identity : keyById(this.id);
  }
}

/** A writer's id of a message: a room passes on that of the stanza (XEP-0045, 7.4), and the one in it (XEP-0359). */
function writersId(message: Element): string | undefined {
  return message.attrs.id ?? message.getChildElements().find(isOriginId)?.attrs.id;
}

/**
 * The room's id of what its history brings, by the stamp there: ejabberd from 26.03 on gives each message the time as its
 * id, in µs, and says it in live copies alone where the room has no archive (seen).
 * @param room who has stamped it
 */
export function idByStamp(message: Element, room: string): string | undefined {
  const delay = message.children.find(
    (child): child is Element =>
      typeof child !== 'string' && child.attrs.xmlns === NS.delay && child.attrs.from === room,
  );
  const [, seconds, fraction = ''] = /^([^.]*)(?:\.(\d{1,6}))?Z$/.exec(delay?.attrs.stamp ?? '') ?? [];
  const at = seconds === undefined ? undefined : parseStamp(`${seconds}Z`);
  return at === undefined ? undefined : `${at / 1000}${fraction.padEnd(6, '0')}`;
}
