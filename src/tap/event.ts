import type { Jid } from '../xmpp/jid.js';
import type { BlocksChange } from './blocks.js';
import type { RemoteVerdict, Verdict } from './bounce.js';
import type { Expulsion } from './expulsion.js';
import type { ReplayMarks } from './marks.js';
import type { Message } from './message.js';
import type { SelfPresence } from './room.js';
import type { RoomNames } from './room-names.js';

/**
 * How a message reached a session: at once, by mod_offline's flood, once more because the session that had it has ended
 * (`resend_on_timeout`), in a carbon copy, from the archive.
 */
export type Way = 'live' | 'flood' | 'resent' | 'carbon' | 'archive';

/** What clients do at a login: they fetch their roster, switch carbons on (XEP-0280), ask the archive (XEP-0313). */
export type LoginAct = 'roster' | 'carbons' | 'archive';

/**
 * How somebody learns that a session has ended: by the server's presence to a `contact`, who gets the same where he is to
 * see the presence no more (XEP-0191; RFC 6121, 3.2); by that to another `device` of the account; by an `error` for what
 * was sent to it; or it says so `itself`, to whom it likes.
 */
export type WordOfEnd = 'contact' | 'device' | 'error' | 'itself';

/**
 * What a copy means, by itself: who is there, and who has got what, is for presence/ to say. `jid` is a full JID of a
 * vhost served. Times are those of the copy's arrival and known to whoever asked.
 */
export type TapEvent =
  /**
   * A stanza that only a live session sends (`acted`) or gets. `late`: this may be the copy of who got it, which comes
   * when its sender may have gone.
   */
  | { kind: 'seen'; jid: Jid; acted: boolean; late?: boolean }
  /** A session sent available presence; `presence` is what it said, as a text or the hash of one. */
  | { kind: 'available'; jid: Jid; priority: number; presence: string }
  /** A session sent unavailable presence. */
  | { kind: 'unavailable'; jid: Jid }
  /** The server told a session of its own presence. */
  | { kind: 'registered'; jid: Jid }
  /**
   * A stream of this JID has ended for certain: its next one was told so, or a room has told another occupant (`room`),
   * where it may as well have left.
   */
  | { kind: 'ended'; jid: Jid; room: string | null }
  /** Somebody with a local session was told that this one has ended; it may have begun again since. */
  | { kind: 'told-of-end'; jid: Jid; how: WordOfEnd }
  /** A session was told who else is there, as the server does after its first presence. */
  | { kind: 'told-of-others'; jid: Jid }
  /** A session does what clients do at a login. */
  | { kind: 'login'; jid: Jid; act: LoginAct }
  /** A client answered a ping of the component, or of the other respool, with a result or an error. */
  | { kind: 'answered'; jid: Jid; id: string }
  /** The other respool, beside this one, has pinged a session, which has got all that was handed to it before. */
  | { kind: 'pinged'; jid: Jid; id: string }
  /** A ping of this respool has reached a session, which has got all that was handed to it before. */
  | { kind: 'ping-reached'; jid: Jid; id: string }
  /** A session asks a room to let it in; where it does not do so `anew`, it may be in it and say how it is. */
  | { kind: 'joins'; jid: Jid; room: string; anew: boolean }
  /** A room told a session what has become of it there. */
  | { kind: 'placed'; jid: Jid; room: string; nick: string; is: Exclude<SelfPresence, 'other'> }
  /** A room says who belongs to it no more by somebody's decision. */
  | { kind: 'expelled'; room: string; who: Expulsion }
  /** A session asks a room, under this id, that these are to belong to it no more. */
  | { kind: 'orders'; jid: Jid; room: string; id: string; who: readonly Expulsion[] }
  /** Something that may be a room has answered this request of a session with a result. */
  | { kind: 'room-did'; jid: Jid; room: string; id: string }
  /** A room does not let a session in, for its user is banned, or is no member. */
  | { kind: 'barred'; jid: Jid; room: string }
  /** A session leaves a room. */
  | { kind: 'leaves'; jid: Jid; room: string }
  /** A session switched carbon copies on, or off, or got one (XEP-0280). */
  | { kind: 'carbons'; jid: Jid; on: boolean }
  /** A session asks a room about its subscription (MucSub), so that it knows what subscribers get. */
  | { kind: 'subscribes'; jid: Jid }
  /** A session asked its archive for messages (XEP-0313). */
  | { kind: 'archive-query'; jid: Jid; id: string }
  /** The answer to an archive query is complete; `last` where no further page is to come. */
  | { kind: 'archive-end'; jid: Jid; id: string; last: boolean }
  /**
   * A message on its way: as its sender's session sends it, where that is here (`sentHere`), or as one of the recipient's
   * takes it, if the recipient is (`toLocal`). The copies of both look alike. `inName`: no session of its sender, an account
   * here, has sent it, but a gateway in its name (XEP-0356): its sending may be copied (ejabberd since 23.10) or not.
   */
  | { kind: 'copied'; message: Message; sentHere: boolean; toLocal: boolean; inName: boolean }
  /**
   * A message that the vhost has stamped: it comes out of its storage, or is a replay, known by the marks. `unseen`:
   * it may be a message that respool has not got yet.
   */
  | { kind: 'flooded'; message: Message; way: 'flood' | 'resent'; unseen: boolean; marks: ReplayMarks }
  /** A session got a message inside another one; `marks` where the vhost has stamped it. */
  | { kind: 'brought'; jid: Jid; message: Message; way: Way; marks: ReplayMarks | null }
  /** A session got what was said in a room; `marks` where the room has stamped it. */
  | {
      kind: 'said';
      jid: Jid;
      room: string;
      message: Message;
      names: RoomNames;
      way: Way;
      marks: ReplayMarks | undefined;
    }
  /** A device says that a message of this account has reached it (XEP-0184, XEP-0333). */
  | { kind: 'receipt'; jid: Jid; sender: string; id: string }
  /** The server returned a message to its sender, in the name of `from`; `orClient`: or a client there has answered it. */
  | { kind: 'bounced'; from: Jid; orClient: boolean; identity: string; verdict: Verdict }
  /** An account blocks others than before; see blocks.ts. */
  | { kind: 'blocks'; jid: Jid; change: BlocksChange; jids: readonly string[] }
  /** A replay to this session came back to its sender, for the account blocks him. */
  | { kind: 'filtered'; jid: Jid; sender: Jid; identity: string }
  /** mod_offline stored a message (mod_push_offline says so); `fromLocal`: its sending is copied too. */
  | { kind: 'stored'; message: Message; fromLocal: boolean }
  /** The server has removed an account (a bare JID), as a session had asked (XEP-0077). */
  | { kind: 'removed'; account: string }
  /** The server has ended a contact's subscription in the name of an account, as it does too when it removes that. */
  | { kind: 'unsubscribed'; account: string }
  | RemoteEvent;

/** What a copy means for messages to other servers. */
export type RemoteEvent =
  /** A local user sent a message to another server, for the first time or again. */
  | { kind: 'remote-sent'; message: Message }
  /** A message to another server came back with an error, or a client there answered it with one. */
  | {
      kind: 'remote-bounced';
      sender: Jid;
      recipient: Jid;
      id: string | undefined;
      identity: string;
      verdict: RemoteVerdict;
    }
  /** Another server answered a request (it can be `reached`), or ejabberd in its place. */
  | { kind: 'remote-answered'; domain: string; id: string; reached: boolean }
  /** Something came from another server; said once a while. */
  | { kind: 'remote-heard'; domain: string }
  /** Somebody on another server says that a message of a local account has arrived (XEP-0184, XEP-0333). */
  | { kind: 'remote-receipt'; account: string; from: string; id: string };
