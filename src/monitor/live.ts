import type { AlertName } from '../spool/alert-names.js';

/** What the process knows of itself, whether the spool can be written or not. Times in ms, dates in ms since 1970. */
export interface Live {
  version: string;
  startedAt: number;
  connected: boolean;
  /** Why it is not connected; null: it is. A daemon of an older version does not say. */
  away: string | null;
  /** It asks and replays; false: another respool does. */
  acts: boolean;
  /** The other respool is there; null: this one is alone. */
  peer: boolean | null;
  /** When the last copy came; null: none has, since the start. */
  lastCopyAt: number | null;
  /** Believed to be online. */
  sessions: number;
  /** Sent since the start. */
  pings: number;
  /** The longest that the event loop was held up within the last minute. */
  loopLag: number;
  /** The longest that a commit took within the last minute. */
  commit: number;
  /** The spool cannot be written. */
  failing: boolean;
  /** Bytes in memory that wait for the spool. */
  backlog: number;
  /** Copies that were lost since the start, for there was no room for what they say. */
  lost: number;
  /** Since when each alert is crossed; null: it is not. */
  alerts: Readonly<Record<AlertName, number | null>>;
}
