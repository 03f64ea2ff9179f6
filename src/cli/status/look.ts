import { dirname } from 'node:path';
import { diskFree, spoolFacts } from '../../alerts/facts.js';
import type { ReadingConfig } from '../../config/load.js';
import { ControlError } from '../../control/daemon-line.js';
import { onDaemon } from '../../control/reach.js';
import { within } from '../../control/within.js';
import type { Live } from '../../monitor/live.js';
import type { Deliveries } from '../../spool/insight.js';
import { isInUse } from '../../spool/lock.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import type { Stats } from '../../spool/stats.js';
import type { StandbyState } from '../../standby/standby.js';
import { describe } from '../../xmpp/describe.js';
import type { Finding } from '../check/finding.js';
import { freeSpace } from '../check/spool.js';

/** What the spool says. */
export interface SpoolSeen {
  stats: Stats;
  hour: Deliveries;
  day: Deliveries;
  facts: ReturnType<typeof spoolFacts>;
}

/** What the running daemon says of itself, or why it cannot be asked. */
export type DaemonSeen =
  | { is: 'stopped' }
  | { is: 'asked'; live: Live; standby: StandbyState | null }
  /** `stuck`: it runs, and does not answer. */
  | { is: 'unasked'; why: string; stuck: boolean };

/** All that a status is made of. */
export interface Seen {
  config: Pick<ReadingConfig, 'spool' | 'alerts' | 'standby' | 'domain'>;
  /** What is wrong with the config file, in words; that counts as absent. */
  wrong: readonly string[];
  now: number;
  daemon: DaemonSeen;
  /** Or why it cannot be read. */
  spool: SpoolSeen | { why: string };
  /** Bytes free on the disk of the spool; null: not known. */
  diskFree: number | null;
  /** Whether that is enough; null: not known. */
  disk: Finding | null;
}

/** The daemon answers within this, in ms, or it is stuck. */
const ANSWER = 5_000;

/**
 * Looks at the daemon and its spool, and changes nothing.
 * @param patience how long the daemon may take to answer, in ms
 */
export async function look(
  config: Seen['config'],
  now = Date.now(),
  patience = ANSWER,
): Promise<Omit<Seen, 'wrong'>> {
  const { path, maxSize } = config.spool;
  const spool = readSpool(path, now);
  const used = 'why' in spool ? 0 : spool.stats.bytes;
  const free = await diskFree(path);
  const disk = free === null ? null : await freeSpace(dirname(path), Math.max(0, maxSize - used));
  return { config, now, daemon: await readDaemon(path, patience), spool, diskFree: free, disk };
}

function readSpool(path: string, now: number): Seen['spool'] {
  try {
    const reader = SpoolReader.open(path);
    try {
      const { hour, day } = reader.insight(now);
      return { stats: reader.stats(), hour, day, facts: spoolFacts(reader, now) };
    } finally {
      reader.close();
    }
  } catch (error) {
    return { why: describe(error) };
  }
}

class StuckError extends ControlError {}

async function readDaemon(path: string, patience: number): Promise<DaemonSeen> {
  try {
    if (!isInUse(path)) return { is: 'stopped' };
    const late = () => new StuckError(`no answer within ${patience / 1_000} s`);
    return await onDaemon(path, daemon =>
      within(
        patience,
        (async () => {
          const live = await daemon.ask('live', {});
          return { is: 'asked' as const, live, standby: await daemon.ask('standby', {}) };
        })(),
        late,
      ),
    );
  } catch (error) {
    return { is: 'unasked', why: describe(error), stuck: error instanceof StuckError };
  }
}
