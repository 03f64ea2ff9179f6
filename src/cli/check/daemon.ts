import type { Config } from '../../config/config.js';
import type { Stats } from '../../spool/queries.js';
import { duration } from '../format.js';
import { type Finding, findingsOn } from './finding.js';
import { checkSources } from './sources.js';
import { HOW_TO_TEST } from './wire.js';

/** A server with users sends presence and iq copies all the time; silence this long, in ms, is worth a look. */
const LONG_SILENCE = 600_000;

/** What a running daemon has written about itself, for a second component of its name would take copies from it. */
export function checkDaemon({ component }: Pick<Config, 'component'>, stats: Stats, now: number): Finding[] {
  const { domain } = component;
  const found = connection(domain, stats);
  return found.level === 'ok'
    ? [found, sending(stats), checkSources(stats), copies(domain, stats, now)]
    : [found];
}

function connection(domain: string, { connected }: Stats): Finding {
  const { ok, error } = findingsOn('connection');
  return connected
    ? ok(`the running daemon is connected as ${domain}`)
    : error('the running daemon is not connected; its log says why');
}

function sending({ outcomes }: Stats): Finding {
  const { ok, warning } = findingsOn('sending');
  return outcomes.replayed > 0
    ? ok(`${outcomes.replayed} messages were replayed in the name of their senders`)
    : warning('check_from: false cannot be tested while the daemon runs and nothing has been replayed yet');
}

function copies(domain: string, { lastCopyAt, startedAt }: Stats, now: number): Finding {
  const { ok, warning } = findingsOn('copies');
  if (lastCopyAt === null) return warning(`no copy has ever come; ${HOW_TO_TEST(domain)}`);
  const age = Math.max(0, now - lastCopyAt);
  const ago = `the last copy came ${duration(age)} ago`;
  if (startedAt !== null && lastCopyAt < startedAt) {
    return warning(`${ago}, before the daemon started; ${HOW_TO_TEST(domain)}`);
  }
  return age > LONG_SILENCE ? warning(`${ago}; ${HOW_TO_TEST(domain)}`) : ok(ago);
}
