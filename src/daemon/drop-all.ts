import { systemClock } from '../replay/clock.js';
import type { SpoolClient } from '../spool/client.js';

/** Messages dropped in one transaction. */
const DROPPED_AT_ONCE = 1_000;

/** Drops what is owed to an account; in pieces, so that what else is asked of the spool does not wait long. */
export async function dropAll(spool: SpoolClient, account: string): Promise<number> {
  for (let all = 0; ; ) {
    const dropped = await spool.ask({ ask: 'drop', account, at: systemClock.date(), limit: DROPPED_AT_ONCE });
    if (dropped === undefined) throw new Error(`the spool cannot be written: ${spool.failure}`);
    all += dropped;
    if (dropped === 0) return all;
  }
}
