import type { Way } from '../tap/event.js';
import type { Account, Device } from './accounts.js';
import { BEGINNING, type SaidPlace } from './members.js';
import type { Member } from './room-statements.js';
import { ACCOUNT_SLOT, type Slots, slotsOf } from './slots.js';

/** A session in a room. */
export interface Place {
  readonly member: Member;
  /** When it was let in last, as a date. */
  joinedAt: number;
  /** The last message taken for the replay under way. */
  cursor: SaidPlace;
  /**
   * The last message that was stored when it was seen to be there: by its join, or by what it got. A room gives what is
   * said to each who is in it, so who did not get what came later is there no more, until it joins again.
   */
  seenAt: number;
}

/** A session to which messages are handed, by ejabberd or by a replay, until it proves them. */
export interface Holder {
  readonly key: number;
  readonly account: Account;
  /** The session's full JID. */
  readonly jid: string;
  /** Its device; null: it has none (a server-made resource), none is known yet, or it was forgotten. */
  device: Device | null;
  /** It does not answer now, so others may have what it holds. */
  silent: boolean;
  /** What was handed together, by the numbers that replay gave. */
  readonly groups: Map<number, { ids: number[]; way: Way | 'replay' }>;
  /** Which group holds a message now; one let go and handed again belongs to the later group alone. */
  readonly held: Map<number, number>;
  /** The last message stored when a ping went out, by the ping's number. */
  readonly marks: Map<number, number>;
  /** Messages up to this one may be replayed: an answered ping has shown that ejabberd did not hand them over itself. */
  limit: number;
  /** The last message stored when it came, or may have come anew. */
  cameAfter: number;
  /** The last message taken for the replay under way. */
  cursor: number;
  /** The rooms that it is in now. */
  readonly occupies: Map<string, Place>;
  /** Which of what it holds was said in a room. */
  readonly heard: Map<number, Member>;
  /** The rows of its unanswered pings, by number, where what it holds is written down; null: it is not. */
  written: Map<number, number> | null;
}

/** Whether what it holds is to be known to the next process. */
export function isWritten(holder: Holder): holder is Holder & { device: Device } {
  return holder.written !== null && holder.device !== null;
}

/** The next messages for a replay are looked for from the first on again. */
export function fromTheBeginning(holder: Holder): void {
  holder.cursor = 0;
  for (const place of holder.occupies.values()) place.cursor = BEGINNING;
}

/** It is in no room any more that let it in before that date. */
export function leaveAll({ occupies }: Holder, before: number): void {
  for (const [room, { joinedAt }] of occupies) if (joinedAt < before) occupies.delete(room);
}

/** What a session is owed: as its device, and as one of the account. */
export function slotsOwed({ device }: Holder): Slots {
  return slotsOf(device === null ? [ACCOUNT_SLOT] : [ACCOUNT_SLOT, device.slot]);
}

/** The session was seen in this room when `lastId` was the last message stored. */
export function seenThere(place: Place | undefined, lastId: number): void {
  if (place !== undefined) place.seenAt = Math.max(place.seenAt, lastId);
}
