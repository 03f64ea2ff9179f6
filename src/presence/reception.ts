import type { Session } from './session.js';

/** A session that is taken to have got a message, and the group that is held there until that is sure. */
export interface Taken {
  readonly session: Session;
  readonly group: number;
}

/** What is known now, or is to be found out, of who has got a message. */
export type Decision =
  /** The session has got what is in its group, or it has not. */
  | { do: 'decide'; session: Session; group: number; got: boolean }
  /** The session, which was not known when the message came, has got it. */
  | { do: 'give'; session: Session; account: string; identity: string }
  /** The session is to be asked whether it is there. */
  | { do: 'ask'; session: Session }
  /** Time decides something then, in ms: `wake` is to be called with this number. */
  | { do: 'wake'; number: number; at: number };

/** A message that somebody got, of which it is not sure who. */
export interface Reception {
  readonly account: string;
  readonly identity: string;
  /** The resource that was addressed, empty where it was for the account. */
  readonly resource: string;
  /** Those who are taken to have got it. */
  readonly takers: readonly Taken[];
  /** When it was sent, in ms, as far as is known. */
  readonly sentAt: number;
  /** Each of the takers makes a copy, if it was there. */
  readonly isCounted: boolean;
  /**
   * The session addressed was not known. If it shows itself in time, it has got the message, and the takers have not.
   */
  readonly isStray: boolean;
  /** A session of that JID has ended with it: the one that has taken its place has got it, should it show itself yet. */
  readonly isResent: boolean;
  /** Sessions of a lower priority have not got it, for one of this priority has, or may have. */
  readonly floor: number;
}
