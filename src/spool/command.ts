import type { BlocksChange } from '../tap/blocks.js';
import type { RemoteVerdict, Verdict } from '../tap/bounce.js';
import type { Way } from '../tap/event.js';
import type { Retraction } from '../tap/retraction.js';
import type { Jump, Reading } from './calendar.js';
import type { MessageRecord, QueueRecord } from './record.js';

/** Which messages of this spool are to go: those of other ids than these, up to the last one. */
export interface Before {
  /** Kept: what has come from the other respool, from this id on, up to that one. */
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
  /** That it ends before any device of the account has it is a loss. */
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

/**
 * What the spool is told, in the order of the events. A session is named by its key, and what was handed to it together
 * by a group number of the session's own: a ping proves groups.
 */
export type Command =
  /**
   * A message was sent that somebody is owed; `writer`: its writer's other devices too, if there are any. Where the writer
   * has sent it to his own account, the device that wrote it is not owed it. `again`: it is another one than that of the
   * same id and content that was sent before.
   */
  | { do: 'store'; message: NewMessage; writer?: { account: string; resource: string }; again?: boolean }
  /** mod_offline stored a message; `due`: a copy of its sending comes too. */
  | { do: 'offline'; message: NewMessage; due: boolean }
  /** The message known by this identity was sent once more, though its copy was taken for a reception. */
  | { do: 'store-again'; account: string; identity: string; at: number }
  /** A session is there; without a `device` it is no known device (server-made resource). */
  | {
      do: 'arrive';
      session: number;
      account: string;
      resource: string;
      device: boolean;
      priority: number;
      /** It may be a new stream under the same JID. */
      anew: boolean;
      /** That one is in the rooms alone that it was let into since then. */
      roomsSince?: number;
      /** Its device has come back, though its session before was not seen to end. */
      back?: boolean;
      at: number;
    }
  /** A session has ended: what it has not proved is owed again. */
  | { do: 'leave'; session: number; at: number }
  /** A device of which no session is known is not there: it has gone unseen. */
  | { do: 'gone'; account: string; resource: string }
  /**
   * ejabberd handed a message to a session (0: to one that is not known); `message` where the spool may not have it
   * yet, `fresh` where it cannot.
   */
  | {
      do: 'hand';
      session: number;
      group: number;
      account: string;
      identity: string;
      way: Way;
      message: NewMessage | null;
      fresh: boolean;
      /** It means another message, which the session may still have to get. */
      refers?: boolean;
    }
  /** Another respool has seen that a session was handed this message. */
  | { do: 'hold'; session: number; group: number; id: number }
  /** The device of this session is in a room. */
  | { do: 'join'; session: number; room: string; nick: string; at: number }
  /** The device of this session belongs to a room no more. */
  | { do: 'part'; session: number; room: string }
  /** These devices belong to a room no more: of an account (null: all), one (null: each). */
  | { do: 'expel'; room: string; account: string | null; resource: string | null }
  /** The device of this session is not in a room now, but still belongs to it. */
  | { do: 'out'; session: number; room: string }
  /**
   * A session got what was said in a room; `message` where it may be new. What a history or an archive has brought is
   * `stored` there: its key may be another one than that of the live copy. Unless the session has `asked` that room to let
   * it in, it is there only if its device is known to belong to it.
   */
  | {
      do: 'hear';
      session: number;
      group: number;
      room: string;
      key: string;
      way: Way;
      message: RoomMessage | null;
      stored: StoredInRoom | null;
      asked: boolean;
      at: number;
    }
  /** A ping went out: its answer will allow the replay of what was stored before it and handed to nobody. */
  | { do: 'mark'; session: number; ping: number }
  /** A ping was answered, after so many ms: these groups are proved. `took` is null where a copy counts as receipt. */
  | { do: 'prove'; session: number; ping: number; groups: number[]; at: number; took: number | null }
  /** The device of this session says that a message of this id and sender (a bare JID) has reached it. */
  | { do: 'receipt'; session: number; sender: string; stanzaId: string; at: number }
  /** The device of this session was seen to do so. */
  | { do: 'able'; session: number; ability: Ability }
  /** These groups cannot be proved any more: what is in them is owed again. */
  | { do: 'release'; session: number; groups: number[] }
  /** The session does not answer: what it holds may go to another session of the account. */
  | { do: 'silent'; session: number; silent: boolean }
  | { do: 'mute'; session: number; mute: boolean }
  /** The server has ended the session for it had too much at a time: its device is to get so many messages at most. */
  | { do: 'narrow'; session: number; most: number; at: number }
  /**
   * The session lets these pings pass: what it holds, and is handed from now on, is to be known to the next process too.
   */
  | { do: 'write-down'; session: number; pings: (UnansweredPing & { number: number })[] }
  /** The session has answered: what it holds need not be known to another process. */
  | { do: 'wipe'; session: number }
  | { do: 'bounce'; account: string; identity: string; verdict: Verdict; at: number }
  /** An account blocks others than before: what they have written is held back, or no more. */
  | { do: 'blocks'; account: string; change: BlocksChange; jids: string[]; at: number }
  /** A message that was replayed to this session came back, for its account blocks the sender (a bare JID). */
  | { do: 'filtered'; session: number; sender: string; identity: string; at: number }
  /** A message was sent to another server; where it is one that came back before, it takes its place. */
  | { do: 'remote-sent'; message: RemoteMessage }
  /** It came back: it is kept, or given up. */
  | { do: 'remote-bounced'; bounce: RemoteBounce; policy: RetryPolicy; at: number }
  /** Its recipient says that it has arrived. */
  | { do: 'remote-receipt'; account: string; from: string; stanzaId: string; at: number }
  /** This domain was reached. */
  | { do: 'remote-heard'; domain: string; at: number }
  /** What was taken out for this domain has arrived, but for what has come back meanwhile. */
  | { do: 'remote-proved'; domain: string; at: number }
  /** It may not have arrived, and is to be sent again. */
  | { do: 'remote-release'; domain: string }
  /** This message, of any kind, cannot be sent: it is set aside. The reason quotes nothing of it. */
  | { do: 'refuse'; id: number; reason: string; at: number }
  /** All sessions are gone, as far as is known. */
  | { do: 'reset' }
  /** Removes what has expired, what is over the size, and devices not seen for long. */
  | { do: 'sweep'; at: number }
  /** The daemon has started. */
  | { do: 'begin'; at: number }
  /** Adds to counters, by name. */
  | { do: 'count'; counts: Record<string, number> }
  /** Sets gauges, by name. */
  | { do: 'gauge'; values: Record<string, number> };

/** Whether a device answers pings: it has done so, it has let them pass though it was alive, or neither was seen yet. */
export type Answers = 'yes' | 'no' | 'unknown';

export interface DeviceHabits {
  answers: Answers;
  /** It was found to take so many messages of a replay at a time, then (as a date); null: as many as are sent. */
  takes: { most: number; at: number } | null;
}

/** Questions to the spool, answered in their order among the commands. */
export interface Questions {
  /** Is something owed to the account that no answering session holds? */
  owes: { ask: { session: number; at: number }; reply: boolean };
  /**
   * Takes messages for a replay to a session, oldest first: up to `limit` into each of the groups, one after the other.
   * Returns what is in those that have some.
   */
  take: { ask: { session: number; groups: readonly number[]; limit: number; at: number }; reply: Taken[][] };
  /** How does the device of this session take pings and replays, as far as it is known? */
  habits: { ask: { session: number }; reply: DeviceHabits };
  /** Is the session's device no member of this room? */
  stranger: { ask: { session: number; room: string }; reply: boolean };
  /**
   * What the members of a room have missed, oldest first. `opens`: somebody comes in, so that there is a gap up to now.
   */
  gaps: { ask: { room: string; opens: boolean; at: number }; reply: Gap[] };
  /**
   * Stores what a room's archive has of a gap, oldest first. It is owed to all members, for none was there, but those who
   * have come in since. `had`: what sessions that have come in got of it from the room's own history, each in a group of
   * theirs. `filled`: all of it is there by now, up to this message (null: there is none), or what comes from `from` on;
   * null: more is to come.
   */
  fill: {
    ask: {
      room: string;
      gap: Gap;
      messages: RoomMessage[];
      filled: { last: string | null } | { from: string } | null;
      had: readonly { session: number; group: number; key: string }[];
    };
    reply: number;
  };
  /** Has a device be no known one any more, and owed nothing. Was it one? */
  forget: { ask: { account: string; resource: string }; reply: boolean };
  /** Drops some of what is pending. How much of it still was? */
  'drop-pendings': { ask: { pendings: readonly PendingRef[]; at: number }; reply: number };
  /** Removes what is kept about an account, up to so many messages. */
  'forget-account': { ask: { account: string; limit: number }; reply: Forgotten };
  /** Has a session got this message, without proof yet? And is it in this room (null: no room is needed)? */
  place: {
    ask: { session: number; id: number; room: string | null };
    reply: { held: boolean; here: boolean };
  };
  /** Keeps so many ids for messages that are to be imported. Returns the last id before them. */
  reserve: { ask: { ids: number }; reply: number };
  /**
   * Stores records of an exported queue under ids that were reserved. `since`: in place of what is here, which is cleared
   * afterwards; but what has come after this id, and no sooner than `at`, is the same message where it has the same identity.
   */
  restore: {
    ask: { records: readonly QueueRecord[]; offset: number; since?: { id: number; at: number } };
    reply: Restored;
  };
  /** Before another respool's rooms are stored: no device belongs to one any more. How many did? */
  'clear-rooms': { ask: object; reply: number };
  /** Who is believed to have which of these messages of users, without proof yet. */
  held: { ask: { ids: readonly number[] }; reply: HeldBy[] };
  /** Of messages that came from another respool: who is still owed them there (null: nobody). The others have them. */
  narrow: {
    ask: { owed: readonly { id: number; owed: MessageRecord['owed'] | null }[]; at: number };
    reply: number;
  };
  /** Forgets what another respool has as well, up to so many messages. How many were there? */
  clear: { ask: { before: Before; limit: number }; reply: number };
  /**
   * Both clocks of the machine, before each sweep: what is stored does not expire by a date that was set. Returns the
   * jump, where it was set since the last reading.
   */
  clocks: { ask: { reading: Reading }; reply: Jump | null };
  /** Domains for which something of an account, or of anybody, is kept. */
  'remote-domains': { ask: { account: string | null; after: string; limit: number }; reply: string[] };
  /** Is there something to send to a domain? */
  'remote-due': { ask: { domain: string; at: number }; reply: RemoteDue };
  /** Takes messages out for a domain, oldest first. */
  'remote-take': { ask: { domain: string; limit: number; at: number }; reply: Taken[] };
  /** What is known of a device; null where it is no known one, or was seen to go since that date. */
  device: { ask: { account: string; resource: string; since: number }; reply: KnownDevice | null };
  /** Drops what is owed to an account, up to so many messages. How many were there? */
  drop: { ask: { account: string; at: number; limit: number }; reply: number };
  /** Devices that may be online while nobody told, those of one account together; `last`: to go on from, null at the end. */
  absent: { ask: { after: number; rows: number }; reply: { devices: KnownDevice[]; last: number | null } };
  /** Accounts to which something is owed, so many; `last`: to go on from, null at the end. */
  'owed-accounts': {
    ask: { after: number; rows: number };
    reply: { accounts: string[]; last: number | null };
  };
  /** Devices that let a ping pass before respool was away, so many; `last`: to go on from, null at the end. */
  sleepers: { ask: { after: number; devices: number }; reply: { sleepers: Sleeper[]; last: number | null } };
  /** Devices of an account of which nothing was seen since a date, though they may be online. */
  unheard: { ask: { account: string; since: number }; reply: KnownDevice[] };
}

export type Question = { [Name in keyof Questions]: { ask: Name } & Questions[Name]['ask'] }[keyof Questions];
