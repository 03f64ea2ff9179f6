import type { Told } from './evictions.js';
import type { Happened } from './journal.js';

/** What the daemon is told of the spool. */
export interface SpoolEvents {
  /** A batch could not be written. */
  failing: [reason: string];
  /** The spool writes again; it has forgotten who holds what. */
  recovered: [];
  /** Its thread has ended of itself: nothing will be written any more. */
  ended: [reason: string];
  /** Commands were lost, for too many waited. */
  lost: [count: number];
  /** A batch is on the disk, after so many ms. */
  committed: [took: number];
  /** Something was over a limit; told every few seconds at most. */
  evicted: [told: Told];
  /** Lines of the history were left out. */
  historyFailing: [reason: string];
  /** Something that is followed has been committed. */
  happened: [happened: Happened];
}
