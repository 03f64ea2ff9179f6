import type { Jump, Reading } from './calendar.js';
import type {
  Before,
  DeviceHabits,
  Forgotten,
  Gap,
  HeldBy,
  KnownDevice,
  PendingRef,
  RemoteDue,
  Restored,
  RoomMessage,
  Sleeper,
  Taken,
} from './content.js';
import type { MessageRecord, QueueRecord } from './record.js';

/** Questions to the spool, answered in their order among the commands. */
export interface Questions {
  /** Is there something that this session is to be sent now? */
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
  /** Forgets a device, and what is owed to it alone. False: it was not known. */
  forget: { ask: { account: string; resource: string }; reply: boolean };
  /** Drops some of what is pending. How much of it still was? */
  'drop-pendings': { ask: { pendings: readonly PendingRef[]; at: number }; reply: number };
  /** Keeps back what is owed to an account, a device (a full JID) or a domain. False: it was on hold already. */
  'put-on-hold': { ask: { jid: string; by: string; at: number }; reply: boolean };
  /** Ends that. False: it was not on hold. */
  'release-hold': { ask: { jid: string; at: number }; reply: boolean };
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
