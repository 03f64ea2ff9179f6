import type { Element } from '@xmpp/component';
import { NS } from '../xmpp/namespaces.js';
import { writeInPayload } from '../xmpp/payload.js';
import { shortKey } from '../xmpp/short-key.js';

/** What a message of a room takes back. */
export interface Retraction {
  /** The room's id of that (XEP-0359), in short, or its writer's. */
  readonly id: string;
  /** Who does so: for the room a moderator (XEP-0425), or its writer (XEP-0424). */
  readonly by: 'room' | 'writer';
  /** The writer as the room knows him under any nick (XEP-0421), as it stands in his messages; null: it does not say. */
  readonly occupant: string | null;
}

/**
 * Reads what a message of a room takes back, in the forms of today and of before (XEP-0424 and XEP-0425, in a <fasten/>
 * of XEP-0422 until 2022, which ejabberd writes still). That a moderator has done so only the room can say.
 * @param isOfRoom the room itself says it, and no occupant
 */
export function retractionIn(message: Element, isOfRoom: boolean): Retraction | null {
  const fastened = message.getChild('apply-to', NS.fasten);
  const retract = message.getChild('retract', NS.retract) ?? fastened;
  const id = retract?.attrs.id;
  if (retract === undefined || id === undefined) return null;
  const isModerated = retract
    .getChildElements()
    .some(
      ({ name, attrs: { xmlns } }) =>
        name === 'moderated' && (xmlns === NS.moderate || xmlns === NS.moderate0),
    );
  if (isOfRoom) return isModerated ? { id: shortKey(id), by: 'room', occupant: null } : null;
  if (isModerated || (retract === fastened && fastened.getChild('retract', NS.retract0) === undefined))
    return null;
  const occupant = message.getChild('occupant-id', NS.occupantId);
  return {
    id: shortKey(id),
    by: 'writer',
    occupant: occupant === undefined ? null : writeInPayload(occupant),
  };
}
