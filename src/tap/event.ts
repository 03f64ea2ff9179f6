import type { Jid } from '../xmpp/jid.js';
import type { Verdict } from './bounce.js';
import type { Message } from './message.js';
import type { Session } from './sessions.js';

/** How a message reached a session: at once, by mod_offline's flood, in a carbon copy, from the archive. */
export type Way = 'live' | 'flood' | 'carbon' | 'archive';

/** What a copy means. Times are those of the copy's arrival and known to whoever asked. */
export type TapEvent =
  /** A local user sent a message to a local account; `receivers` sessions are expected to get it. */
  | { kind: 'sent'; message: Message; receivers: readonly Session[] }
  /**
   * These sessions' processes in ejabberd took a message, which is not yet proof that their clients have it.
   * `unseen`: no earlier copy of it is known, it may be a message that respool has not got yet.
   */
  | { kind: 'received'; message: Message; by: readonly Session[]; way: Way; unseen: boolean }
  /** The server returned a message to its sender. */
  | { kind: 'bounced'; account: Jid; identity: string; verdict: Verdict }
  /** mod_offline stored a message (mod_push_offline says so). */
  | { kind: 'stored'; message: Message }
  /** A session sent available presence; `began` where it was not available before. */
  | { kind: 'available'; session: Session; began: boolean }
  /** A session whose presence is unknown was seen to act for the first time. */
  | { kind: 'discovered'; session: Session }
  /** A session sent unavailable presence. */
  | { kind: 'unavailable'; session: Session }
  /** Somebody was told that the session has ended; it may have begun again since. */
  | { kind: 'doubted'; session: Session }
  /** A client answered a ping of the component, with a result or an error. */
  | { kind: 'answered'; jid: Jid; id: string }
  /** A session asked its archive for messages (XEP-0313). */
  | { kind: 'archive-query'; session: Session; id: string }
  /** The answer to an archive query is complete; `last` where no further page is to come. */
  | { kind: 'archive-end'; session: Session; id: string; last: boolean };
