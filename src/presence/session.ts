import type { Jid } from '../xmpp/jid.js';
import { ownCopy } from '../xmpp/own-copy.js';
import { Login } from './login.js';

/**
 * What is known of the device of a session that acts without presence: the priority that it had when last seen;
 * `stranger`: the spool knows no such device; `unsaid`: the spool has not said yet.
 */
export type Formerly = number | 'stranger' | 'unsaid';

/** A stay of a device online as the directory keeps it, which alone writes it. Times in ms. */
export interface Entry {
  /** Never used twice while the process lives. */
  readonly key: number;
  readonly jid: Jid;
  /** When it was first seen. */
  readonly seenAt: number;
  /** null: it was seen to act, but its presence was not (it began before respool was attached, or sends none). */
  priority: number | null;
  /** When its presence came last. */
  availableAt: number;
  /** When the server told it of its own presence: from then on it is in the server's tables. */
  registeredAt: number;
  /** When it last sent a stanza of its own, or was first seen. */
  activeAt: number;
  /** It has sent one. */
  hasActed: boolean;
  /** What its last presence said, to tell an update from a new login; null: it was not seen. */
  presence: string | null;
  /**
   * It does what clients do at a login, and has no presence yet, or none since its last stream was said to have ended;
   * null: it does not, or has shown its presence since.
   */
  loginAt: number | null;
  readonly login: Login;
  /** Its resource has come back: this is not the first stream of it. */
  cameBack: boolean;
  /** When somebody was told that it has ended, unless it has shown itself or answered since; null: nobody was. */
  doubtedAt: number | null;
  /** null: this is known, or is not to be waited for any more. */
  formerly: Formerly | null;
  /** Its stream was seen from its first presence on, and so which rooms have let it in. */
  isSeenWhole: boolean;
  /** Rooms that it has asked to let it in, without an answer yet, and whether it said that it was in none of them before. */
  joining: Map<string, boolean> | null;
  /** Rooms that have let it in, and when. */
  rooms: Map<string, number> | null;
  /** Which of them are its stream's own: those that let it in since then, in ms. */
  roomsSince: number;
  /** When it was put behind the others without presence. */
  listedAt: number;
}

/** One stay of a device online, as far as the copies tell; for others than the directory to read. */
export type Session = Readonly<Omit<Entry, 'login' | 'joining' | 'rooms' | 'listedAt'>> & {
  readonly joining: ReadonlyMap<string, boolean> | null;
  readonly rooms: ReadonlyMap<string, number> | null;
  /** When this stream first showed itself, and whether it has carbon copies on, as far as is known. */
  readonly login: Pick<Login, 'since' | 'hasCarbons'>;
};

/** A session that shows itself. */
export function newEntry(key: number, jid: Jid, now: number): Entry {
  return {
    key,
    jid: ownCopy(jid),
    seenAt: now,
    priority: null,
    availableAt: 0,
    registeredAt: Number.NEGATIVE_INFINITY,
    activeAt: now,
    hasActed: true,
    presence: null,
    loginAt: null,
    login: new Login(),
    cameBack: false,
    doubtedAt: null,
    formerly: null,
    isSeenWhole: false,
    joining: null,
    rooms: null,
    roomsSince: 0,
    listedAt: Number.NEGATIVE_INFINITY,
  };
}
