import type { Packed } from './batch-form.js';
import type { Told } from './evictions.js';
import type { Happened, Wanted } from './journal.js';
import type { SpoolLimits } from './spool.js';

/** What the spool's thread is started with. */
export interface SpoolSettings {
  path: string;
  limits: SpoolLimits;
}

/** To the thread: one batch (see Batch), to be committed as one transaction; other limits; what is to be told; or the end. */
export type ToSpool =
  | { batch: Packed }
  | { limits: SpoolLimits }
  | { follow: readonly Wanted[] }
  | { close: true };

/** From the thread. */
export type FromSpool =
  | { is: 'open' }
  /** One line worth an operator's knowing, before it is open. */
  | { is: 'note'; line: string }
  /** The spool cannot be opened; the message is for the operator. `mayPass`: without anybody's doing anything to it. */
  | { is: 'unusable'; message: string; mayPass: boolean }
  /** The replies to the questions in the batch, in their order, before it is on the disk. */
  | { is: 'answered'; replies: unknown[] }
  /**
   * The batch is on the disk. `evicted`: what was over a limit since that was last said; `trouble`: why lines of the history
   * were left out.
   */
  | {
      is: 'committed';
      took: number;
      happened: Happened | null;
      evicted: Told | null;
      trouble: string | null;
    }
  /** The batch could not be written; the thread has opened the spool anew, without holds. */
  | { is: 'failed'; message: string }
  | { is: 'closed' };
