import type { Ruling } from '../rules/ruling.js';
import type { Verdict } from '../tap/bounce.js';
import type { RemoteEvent, TapEvent, Way } from '../tap/event.js';
import type { Message } from '../tap/message.js';
import type { RoomNames } from '../tap/room-names.js';
import type { Jid } from '../xmpp/jid.js';
import type { StreamGuess } from './login.js';
import type { Session } from './session.js';

/** What an event means for who is there, and who has got what. Times are those of the event and known to whoever asked. */
export type Change =
  /**
   * A local user sent a message; `toLocal`: to an account of a vhost served; `sure`: the server hands it to these at once;
   * `again`: an equal one of the same id was sent before, and this is another. `ruling`: what is to become of it.
   */
  | {
      kind: 'sent';
      message: Message;
      ruling: Ruling;
      sure: readonly Session[];
      toLocal: boolean;
      again: boolean;
    }
  /**
   * These sessions' processes in ejabberd took a message, which is not yet proof that their clients have it.
   * `account` is theirs: the message's recipient, or its sender where one device gets what another one wrote.
   * `open`: these have got it, unless another session, of which too little is known, got it instead. `unseen`: no earlier
   * copy of it is known, it may be a message that respool has not got yet. `nth`: which copy of a live message this is; the
   * first stands for all sessions that were there, and each of those makes one. `sentAt`: in ms, as far as is known.
   * `again`: an equal one came before, and this is another.
   */
  | {
      kind: 'received';
      message: Message;
      ruling: Ruling;
      account: string;
      got: readonly Session[];
      open: readonly Session[];
      way: Way;
      unseen: boolean;
      nth: number;
      sentAt: number;
      again: boolean;
    }
  /** A session sent available presence. */
  | { kind: 'available'; session: Session; stream: StreamGuess }
  /** A session whose presence is unknown was seen to act for the first time. */
  | { kind: 'discovered'; session: Session }
  /** A session does what clients do at a login. */
  | { kind: 'login'; session: Session; stream: StreamGuess }
  /** A session sent a stanza of its own, after it had sent none for some time. */
  | { kind: 'acted'; session: Session }
  /** A session is gone: it sent unavailable presence, or it had to make room for others. */
  | { kind: 'unavailable'; session: Session }
  /** One sent unavailable presence of which nothing had been seen. */
  | { kind: 'unknown-unavailable'; jid: Jid }
  /** Somebody was told that the session has ended; it may have begun again since. */
  | { kind: 'doubted'; session: Session }
  /**
   * A room says that a device is in it; `entered`: it was not there before. Where it has not `asked` to be let in, as far
   * as was seen, that is so only if the spool knows it as a member.
   */
  | { kind: 'joined'; session: Session; room: string; nick: string; entered: boolean; asked: boolean }
  /** A device left a room on purpose, or was removed from it. */
  | { kind: 'left'; session: Session; room: string }
  /** A device is out of a room by nobody's decision, until it joins again. */
  | { kind: 'out'; session: Session; room: string }
  /**
   * A session got what was said in a room. `key`: what it is known by there; of a live copy no other message has it, and
   * `first` says that no other copy was seen. `asked`: it has asked that room to let it in, as far as was seen.
   */
  | {
      kind: 'said';
      session: Session;
      room: string;
      message: Message;
      names: RoomNames;
      key: string;
      first: boolean;
      way: Way;
      asked: boolean;
    }
  /** A session switched carbon copies on, or off, or got one (XEP-0280). */
  | { kind: 'carbons'; session: Session; on: boolean }
  /** A session knows what subscribers of a room get (MucSub). */
  | { kind: 'subscribes'; session: Session }
  /** A session asked its archive for messages (XEP-0313). */
  | { kind: 'archive-query'; session: Session; id: string }
  /** The answer to an archive query is complete; `last` where no further page is to come. */
  | { kind: 'archive-end'; session: Session; id: string; last: boolean }
  /** A session says that a message of this account has reached it (XEP-0184, XEP-0333). */
  | { kind: 'receipt'; session: Session; sender: string; id: string }
  /** The server returned a message of this recipient (a bare JID) to its sender. */
  | { kind: 'bounced'; from: Jid; identity: string; verdict: Verdict }
  /** As the tap has read it. */
  | Extract<
      TapEvent,
      {
        kind:
          | 'answered'
          | 'pinged'
          | 'ping-reached'
          | 'stored'
          | 'blocks'
          | 'filtered'
          | 'expelled'
          | 'removed'
          | 'unsubscribed';
      }
    >
  | RemoteEvent;
