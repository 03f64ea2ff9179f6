import type { Stats } from '../../spool/stats.js';
import { type Finding, findingsOn } from './finding.js';

/** Says which modules of ejabberd show messages, and what is not seen without the other one. */
export function checkSources({ copies }: Pick<Stats, 'copies'>): Finding {
  const { ok, warning } = findingsOn('sources');
  const logged = copies.message + copies.presence + copies.iq + copies.other;
  if (logged === 0 && copies.push === 0)
    return warning('no copy has come yet, neither from mod_service_log nor from mod_push_offline');
  if (copies.push === 0) {
    return warning(
      `mod_service_log alone: ${logged} copies; messages from other servers to users who are away are not seen ` +
        'without mod_push_offline (respool help servers)',
    );
  }
  if (logged === 0) {
    return warning(
      `mod_push_offline alone: ${copies.push} messages; without mod_service_log nothing can be replayed in time ` +
        '(README, "Attach it")',
    );
  }
  return ok(`mod_service_log: ${logged} copies, and mod_push_offline: ${copies.push} messages`);
}
