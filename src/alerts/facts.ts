import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Deliveries } from '../spool/insight.js';
import { successOf } from '../spool/insight.js';
import type { SpoolReader } from '../spool/spool-reader.js';
import type { Facts } from './alert.js';

/** With less due in an hour, one message would be told as a percent and more. */
const LEAST_DUE = 20;

/** What the spool says of how things are. */
export function spoolFacts(
  reader: Pick<SpoolReader, 'stats' | 'lastHour'>,
  now: number,
): Pick<Facts, 'pending' | 'oldest' | 'success_rate'> {
  const { pending, oldestAt } = reader.stats();
  const oldest = oldestAt === null ? 0 : Math.max(0, now - oldestAt);
  return { pending, oldest, success_rate: successRate(reader.lastHour(now)) };
}

/** @returns bytes free on the disk of the spool; null where that cannot be asked */
export async function diskFree(spoolPath: string): Promise<number | null> {
  const disk = await statfs(dirname(spoolPath)).catch(() => null);
  return disk === null ? null : disk.bavail * disk.bsize;
}

function successRate(hour: Deliveries): number | null {
  const due = hour.delivered + hour.replayed + hour.lost;
  return due < LEAST_DUE ? 1 : successOf(hour);
}
