import type { Config } from '../../config/config.js';
import { ControlError } from '../../control/daemon-line.js';
import { onDaemon } from '../../control/reach.js';
import type { Stats } from '../../spool/stats.js';
import { duration } from '../format.js';
import { type Finding, findingsOn } from './finding.js';
import { checkSources } from './sources.js';
import { checkStandby } from './standby.js';
import { checkVhosts } from './vhosts.js';
import { howToTest } from './wire.js';

/** A server with users sends presence and iq copies all the time; silence this long, in ms, is worth a look. */
const LONG_SILENCE = 600_000;

/** On a quiet server a daemon may hear of nothing for so long after its start, in ms. */
const QUIET_START = 900_000;

/** What a running daemon says of itself, for a second component of its name would take copies from it. */
export async function* checkDaemon(
  { component, spool, standby }: Pick<Config, 'component' | 'spool' | 'standby'>,
  stats: Stats,
  now: number,
): AsyncGenerator<Finding> {
  const { domain } = component;
  const found = connection(domain, { ...stats, away: await whyAway(spool.path) });
  yield found;
  if (found.level !== 'ok')
    return yield findingsOn('connection').skipped(
      'vhosts, version and copies were not looked at: there is no connection',
    );
  if (standby.peer !== null) yield* await checkStandby(spool.path, standby.peer);
  yield sending(stats);
  yield* await vhosts(spool.path);
  yield checkSources(stats);
  yield copies(domain, stats, now);
}

/** Why the daemon is not connected, if it says so. */
async function whyAway(spoolPath: string): Promise<string | null> {
  try {
    const { away } = await onDaemon(spoolPath, daemon => daemon.ask('live', {}));
    return away ?? null;
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return null; // what cannot be asked is said below
  }
}

async function vhosts(spoolPath: string): Promise<Finding[]> {
  const { warning } = findingsOn('vhosts');
  try {
    return checkVhosts(await onDaemon(spoolPath, daemon => daemon.ask('vhosts', {})));
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return [
      warning(`the running daemon cannot be asked for the vhosts (${error.message})`, {
        remedy: 'where it is of an older version, restart it',
      }),
    ];
  }
}

/** A daemon may run, and cannot be asked. */
export function notLookedAt(): Finding {
  return findingsOn('connection').skipped(
    'nothing was tested over a connection: a daemon may run, and a second one would take copies from it',
    { remedy: 'make the spool readable first, as said above' },
  );
}

/** Is the daemon connected? */
export function connection(
  domain: string,
  { connected, away = null }: Pick<Stats, 'connected'> & { away?: string | null },
): Finding {
  const { ok, error } = findingsOn('connection');
  return connected
    ? ok(`the running daemon is connected as ${domain}`)
    : error(`the running daemon is not connected${away === null ? '' : `: ${away}`}`, {
        means: 'ejabberd drops the copies meanwhile: what it loses in this time respool cannot bring back',
        remedy:
          'see whether ejabberd runs (systemctl status ejabberd); the log says more (journalctl -u respool)',
      });
}

function sending({ outcomes }: Stats): Finding {
  const { ok, skipped } = findingsOn('sending');
  return outcomes.replayed > 0
    ? ok(
        `${outcomes.replayed} ${outcomes.replayed === 1 ? 'message was' : 'messages were'} replayed in the name of the sender`,
      )
    : skipped('check_from: false was not tested: a daemon runs, and has replayed nothing yet', {
        remedy: 'respool check --login JID proves it, or a check while the daemon does not run',
      });
}

/** Do copies come? */
export function copies(
  domain: string,
  { lastCopyAt, startedAt }: Pick<Stats, 'lastCopyAt' | 'startedAt'>,
  now: number,
): Finding {
  const { ok, warning } = findingsOn('copies');
  if (lastCopyAt === null) return warning('no copy has ever come', howToTest(domain));
  const age = Math.max(0, now - lastCopyAt);
  const ago = `the last copy came ${duration(age)} ago`;
  if (startedAt !== null && lastCopyAt < startedAt) {
    const since = now - startedAt;
    const text = `${ago}, before the daemon started ${duration(Math.max(0, since))} ago`;
    return since > QUIET_START ? warning(text, howToTest(domain)) : ok(text);
  }
  return age > LONG_SILENCE ? warning(ago, howToTest(domain)) : ok(ago);
}
