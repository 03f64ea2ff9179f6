import type { RemoteVerdict } from '../tap/bounce.js';
import type { Retraction } from '../tap/retraction.js';

/**
 * Which messages go, once all that the other respool has is stored here: those with ids up to `upTo`, except `keepFrom` to
 * `keepTo`, which came from the other one.
 */
export interface Before {
  keepFrom: number;
  keepTo: number;
  upTo: number;
}

/** A message that a session (a full JID) is believed to have, as another respool has seen. */
export interface HandedTo {
  jid: string;
  id: number;
  identity: string;
}

/** A message that a session is believed to have, without proof yet; null: it has just gone from the spool. */
export interface HeldBy {
  id: number;
  jid: string | null;
}

/** A message to be stored. Times are in ms since 1970, UTC. */
export interface NewMessage {
  account: string;
  /** The room of which it is a private message: owed to the device in it alone, while it is there. */
  room: string | null;
  /** It is owed to the device addressed alone, and to nobody where that is no known one. */
  alone: boolean;
  /** True if it is a loss when the message ends before any device of the account has it. */
  counts: boolean;
  /** The id of the message that it corrects, takes back or reacts to. */
  refersTo: string | null;
  /** The resource of the account that wrote it: it is owed to the others as a sent carbon. null: it was received. */
  sentBy: string | null;
  identity: string;
  from: string;
  to: string;
  type: string | null;
  stanzaId: string | null;
  lang: string | null;
  /** The children as a replay sends them. */
  payload: string;
  receivedAt: number;
  /** What the replay's delay says: when it was first seen, or an older stamp that it carried. */
  stamp: number;
  expiresAt: number;
}

/** A device as the spool knows it. */
export interface KnownDevice {
  jid: string;
  priority: number;
  /** It lets pings pass unanswered though it is alive. */
  mute: boolean;
  /** It was there when it was last heard of. */
  online: boolean;
}

/** A ping without an answer, and the groups that it closed. */
export interface UnansweredPing {
  /** By which its answer is known, to another process too. */
  id: string;
  /** As a date. */
  sentAt: number;
  groups: readonly number[];
}

/** A device that let a ping pass before respool was away: a session of it holds these groups. */
export interface Sleeper {
  jid: string;
  priority: number;
  /** Oldest first. */
  pings: UnansweredPing[];
  /** What no ping had followed. */
  unasked: number[];
}

/** What a message of a room is known by, beside its key there. */
export interface SaidInRoom {
  /** Equal messages share it; see roomIdentityOf. */
  identity: string;
  /** The occupant; the room where it says so itself. */
  from: string;
  /** What it takes back. */
  retracts: Retraction | null;
}

/** What was said in a room, as the spool is told. */
export interface RoomMessage extends SaidInRoom {
  /** No other message of the room has it. */
  key: string;
  /** The room's own id of it (XEP-0359), by which its archive knows it. */
  archiveId: string | null;
  stanzaId: string | null;
  lang: string | null;
  payload: string;
  receivedAt: number;
  stamp: number;
  expiresAt: number;
}

/** What a room's history or archive has brought. */
export interface StoredInRoom extends SaidInRoom {
  /** The key that its stamp gives, by which it may be known; see idByStamp. */
  keyByStamp: string | null;
}

/** What was said in a room while nobody of the vhosts was in it: all after a message, or since a moment. */
export interface Gap {
  readonly id: number;
  /** The room's id (XEP-0359) of the last message that was heard, null where none was. */
  after: string | null;
  /** Since when all that was said would have been heard, in ms since 1970. */
  since: number;
  /** The room's id of the first message that was heard again, null where none was yet. */
  before: string | null;
  /** Members by a later id have come in since, and are owed nothing of it. */
  lastMember: number;
}

/** One message taken out for a replay; it stays in the spool until it is proved. */
export interface Taken {
  /** Messages of all kinds have ids of one order. */
  id: number;
  /**
   * `had`: a device of the account has proved it; `sent`: the account has written it on another device; `room`: it was
   * said in a room; `received`: none of these.
   */
  as: 'received' | 'had' | 'sent' | 'room';
  from: string;
  to: string;
  type: string | null;
  stanzaId: string | null;
  lang: string | null;
  payload: string;
  stamp: number;
}

/** One line of the queue: a message, and to which device of which account, or to it as a whole (null), it is owed. */
export type PendingRef = readonly [id: number, account: string, resource: string | null];

/** What was removed with an account. */
export interface Forgotten {
  messages: number;
  devices: number;
  /** How many rooms its devices belonged to; of each device. */
  memberships: number;
  /** About messages that it never got. */
  lines: number;
  /** There is more; ask again. */
  more: boolean;
}

/** What became of records: stored, there already, or of no use here. */
export interface Restored {
  stored: number;
  known: number;
  leftOut: number;
  knownRooms: string[];
}

/** A message to another server. */
export interface RemoteMessage extends Omit<NewMessage, 'room' | 'sentBy' | 'alone' | 'counts'> {
  domain: string;
  /** The bare JID of the recipient; `account` is that of the writer. */
  recipientAccount: string;
  /** The same for messages that say the same. */
  content: string;
  originId: string | null;
}

/** A message to another server that came back. */
export interface RemoteBounce {
  sender: string;
  account: string;
  recipientAccount: string;
  stanzaId: string | null;
  identity: string;
  verdict: RemoteVerdict;
}

/** How long to go on with what another server did not take, in ms. */
export interface RetryPolicy {
  /** With a server that was never seen to exist. */
  retryUnknown: number;
  /** The first wait and the longest, for a recipient whose server takes nothing for him now. */
  minWait: number;
  maxWait: number;
}

/** What is to be sent to a domain. */
export interface RemoteDue {
  /** Writers (full JIDs) of what may be sent now, those of the oldest first. */
  senders: string[];
  /** Where there is nothing to send now: when there will be, or null. */
  nextAt: number | null;
}

/** What a device can do: it gets carbon copies, catches up from the archive, knows what subscribers of rooms get. */
export type Ability = 'carbons' | 'mam' | 'mucsub';

/** How a message left the spool. */
export type Outcome = 'delivered' | 'replayed' | 'expired' | 'refused' | 'evicted' | 'dropped';

/** Whether a device answers pings: it has done so, it has let them pass though it was alive, or neither was seen yet. */
export type Answers = 'yes' | 'no' | 'unknown';

export interface DeviceHabits {
  answers: Answers;
  /** It was found to take so many messages of a replay at a time, then (as a date); null: as many as are sent. */
  takes: { most: number; at: number } | null;
}
