import type { BlocksChange } from '../tap/blocks.js';
import type { Verdict } from '../tap/bounce.js';
import type { Way } from '../tap/event.js';
import type {
  Ability,
  NewMessage,
  RemoteBounce,
  RemoteMessage,
  RetryPolicy,
  RoomMessage,
  StoredInRoom,
  UnansweredPing,
} from './content.js';

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
  /**
   * A session is there. `device` is false for a server-made resource, and while no presence was seen: then it is of a
   * device only if the spool knows the resource.
   */
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
  /**
   * A ping was made, which goes out unless it is kept back. Once it is answered, or counts as answered, what was stored
   * before it and handed to nobody may be replayed.
   */
  | { do: 'mark'; session: number; ping: number }
  /** A ping was answered, after so many ms: these groups are proved. `took` is null where ejabberd's copy counts as proof. */
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
  | {
      do: 'bounce';
      account: string;
      /** The session that it was addressed to; null: the account. */
      resource: string | null;
      identity: string;
      verdict: Verdict;
      at: number;
    }
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
  /**
   * Ends what has expired, forgets devices not seen for long, and ends what devices are owed in rooms beyond their
   * share.
   */
  | { do: 'sweep'; at: number }
  /** The daemon has started. */
  | { do: 'begin'; at: number }
  /** Adds to counters, by name. */
  | { do: 'count'; counts: Record<string, number> }
  /** Sets gauges, by name. */
  | { do: 'gauge'; values: Record<string, number> };
