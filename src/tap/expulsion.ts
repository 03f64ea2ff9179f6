import type { Element } from '@xmpp/component';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';

/** Who belongs to a room no more by somebody's decision. */
export interface Expulsion {
  /** null: everybody, for the room is gone. */
  readonly account: string | null;
  /** null: with all devices. */
  readonly resource: string | null;
}

/**
 * Statuses of an occupant that is out (XEP-0045, registry), and who is expelled by them. Not expelled is who left (110
 * alone), has another nick (303), or went with the service or its connection (332, 333).
 */
const EXPELS: Readonly<Record<string, 'account' | 'session'>> = {
  '301': 'account', // banned (9.1)
  '307': 'session', // kicked (8.2)
  '321': 'account', // no member any more, of a room for members (9.4)
  '322': 'account', // no member when the room was made one for members (10.2)
};
/** Removed because of an error in its connection: a loss, not a decision. It may stand beside 307. */
const BY_ERROR = '333';
const ALL: Expulsion = { account: null, resource: null };

/** Of what a room says of an occupant: the room is destroyed. */
export function isDestroyed(user: Element): boolean {
  return user.getChild('destroy') !== undefined;
}

/** True if a room says by this that somebody has put an occupant out, or has destroyed the room. */
export function isExpelling(user: Element): boolean {
  return isDestroyed(user) || whoBy(user) !== null;
}

function whoBy(user: Element): 'account' | 'session' | null {
  const codes = codesOf(user);
  if (codes.includes(BY_ERROR)) return null;
  return codes.map(code => EXPELS[code]).find(who => who !== undefined) ?? null;
}

function codesOf(user: Element): string[] {
  return user.getChildren('status').map(({ attrs }) => attrs.code ?? '');
}

/** What a room's presence tells any occupant about who is expelled; null: nobody is. @param to who is told */
export function expulsionIn(presence: Element, to: Jid): Expulsion | null {
  const user = presence.attrs.type === 'unavailable' ? presence.getChild('x', NS.mucUser) : undefined;
  if (user === undefined) return null;
  if (isDestroyed(user)) return ALL;
  const expelled = whoBy(user);
  const jid = parseJid(user.getChild('item')?.attrs.jid) ?? (codesOf(user).includes('110') ? to : null);
  if (jid === null || expelled === null) return null;
  return { account: jid.bare, resource: expelled === 'account' || jid.resource === '' ? null : jid.resource };
}

/**
 * Who was banned while he was out: the room tells so those who may know him, by a message (XEP-0045, 9.1 and 9.5).
 * @returns his bare JID
 */
export function bannedIn(message: Element): string | null {
  const item = message.getChild('x', NS.mucUser)?.getChild('item');
  return item?.attrs.affiliation === 'outcast' ? (parseJid(item.attrs.jid)?.bare ?? null) : null;
}

/** Why a room does not let somebody in who is none of its own: he is banned (9.1), or no member (7.2.6). */
const BARS = ['forbidden', 'registration-required'];

/** True where a room bars by this error who has asked it to let him in. */
export function isBarred(presence: Element): boolean {
  const error = presence.attrs.type === 'error' ? presence.getChild('error') : undefined;
  return (
    error
      ?.getChildElements()
      .some(({ name, attrs }) => attrs.xmlns === NS.stanzaErrors && BARS.includes(name)) === true
  );
}
