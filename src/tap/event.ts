import type { Session } from '../presence/directory.js';
import type { StreamGuess } from '../presence/login.js';
import type { Jid } from '../xmpp/jid.js';
import type { RemoteVerdict, Verdict } from './bounce.js';
import type { Message } from './message.js';

/**
 * How a message reached a session: at once, by mod_offline's flood, once more because the session that had it has ended
 * (`resend_on_timeout`), in a carbon copy, from the archive.
 */
export type Way = 'live' | 'flood' | 'resent' | 'carbon' | 'archive';

/** What a replay is known by when its copy comes back. */
export interface ReplayMarks {
  /** Its original sender, as it is written. */
  from: string | undefined;
  id: string | undefined;
  /** Of its delay, in ms. */
  stamp: number;
}

/** What a copy means. Times are those of the copy's arrival and known to whoever asked. */
export type TapEvent =
  /**
   * A local user sent a message; `receivers` sessions are expected to get it. `toLocal`: to an account of a vhost
   * served; `private`: its sender's other devices shall not have it (XEP-0280, XEP-0334).
   */
  | { kind: 'sent'; message: Message; receivers: readonly Session[]; toLocal: boolean; private: boolean }
  /**
   * These sessions' processes in ejabberd took a message, which is not yet proof that their clients have it.
   * `account` is theirs: the message's recipient, or its sender where one device gets what another one wrote.
   * `unseen`: no earlier copy of it is known, it may be a message that respool has not got yet. `nth`: which copy of a
   * live message this is; the first stands for all sessions that were there, and each of those makes one.
   */
  | {
      kind: 'received';
      message: Message;
      account: string;
      by: readonly Session[];
      way: Way;
      unseen: boolean;
      nth: number;
    }
  /** The server returned a message to its sender. */
  | { kind: 'bounced'; account: Jid; identity: string; verdict: Verdict }
  /** mod_offline stored a message (mod_push_offline says so); `fromLocal`: its sending is copied too. */
  | { kind: 'stored'; message: Message; fromLocal: boolean }
  /** A session sent available presence. */
  | { kind: 'available'; session: Session; stream: StreamGuess }
  /** A session whose presence is unknown was seen to act for the first time. */
  | { kind: 'discovered'; session: Session }
  /** A session does what clients do at a login. */
  | { kind: 'login'; session: Session; stream: StreamGuess }
  /** A session sent a stanza of its own, after it had sent none for some time. */
  | { kind: 'acted'; session: Session }
  /** A session sent unavailable presence. */
  | { kind: 'unavailable'; session: Session }
  /** So did one of which nothing had been seen. */
  | { kind: 'unknown-unavailable'; jid: Jid }
  /** Somebody was told that the session has ended; it may have begun again since. */
  | { kind: 'doubted'; session: Session }
  /** A client answered a ping of the component, with a result or an error. */
  | { kind: 'answered'; jid: Jid; id: string }
  /** A device is in a room now; `entered`: it had asked to be let in, so it was not there before. */
  | { kind: 'joined'; session: Session; room: string; nick: string; entered: boolean }
  /** A device left a room on purpose, or was removed from it. */
  | { kind: 'left'; session: Session; room: string }
  /** A device is out of a room by nobody's decision, until it joins again. */
  | { kind: 'out'; session: Session; room: string }
  /** A session got what was said in a room; `first` where no other copy of it was seen. `key`: it in this room. */
  | { kind: 'said'; session: Session; room: string; message: Message; key: string; first: boolean; way: Way }
  /** A session switched carbon copies on, or got one (XEP-0280). */
  | { kind: 'carbons'; session: Session }
  /** A session asked its archive for messages (XEP-0313). */
  | { kind: 'archive-query'; session: Session; id: string }
  /** The answer to an archive query is complete; `last` where no further page is to come. */
  | { kind: 'archive-end'; session: Session; id: string; last: boolean }
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
