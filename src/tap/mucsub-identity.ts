/** No identity has it in it, nor has a room's JID more than one of it. */
const IN = '@';

/**
 * What a subscriber's copy of what was said in a room is known by (MucSub): by what that is known by there, so that both
 * are known for one message.
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
