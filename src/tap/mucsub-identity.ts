/** Separates the two: an identity has no '@', and a room's JID has exactly one. */
const IN = '@';

/**
 * The identity of a subscriber's copy (MucSub): the identity of what was said, and the room. So both forms are known
 * for one message.
 * @param identity see roomIdentityOf
 * @param room bare JID
 */
export function mucSubIdentity(identity: string, room: string): string {
  return identity + IN + room;
}

/** What a message with this identity is known by in a room, and in which; null where it is no subscriber's copy. */
export function saidIn(identity: string): { identity: string; room: string } | null {
  const at = identity.indexOf(IN);
  return at < 0 ? null : { identity: identity.slice(0, at), room: identity.slice(at + 1) };
}
