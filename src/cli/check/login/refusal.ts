import type { Config } from '../../../config/config.js';
import { MOST_ON_PROBATION } from '../../../spool/probation.js';
import type { SpoolReader } from '../../../spool/spool-reader.js';
import type { Jid } from '../../../xmpp/jid.js';
import { type Finding, findingsOn } from '../finding.js';

const { error } = findingsOn('login');

/** What belongs to the account's owner must not go to the check instead. @returns why it does not take place; null: it does */
export function refusalOf(account: Jid, config: Config, reader: SpoolReader): Finding | null {
  const { bare, domain } = account;
  if (!config.hosts.has(domain)) {
    return error(`${bare} is not on a vhost that respool serves`, {
      remedy: `take an account of ${[...config.hosts].join(' or ')}`,
    });
  }
  if (!reader.pendings({ account: bare }).next().done) {
    return error(`something is pending for ${bare}`, {
      means: 'logged in as this account, the check would take away what its owner waits for',
      remedy: 'take an account for which nothing waits, best one of its own',
    });
  }
  const devices = [...reader.devices(bare)];
  const onProbation = devices.filter(({ probation }) => probation).length;
  const lasting = devices.length - onProbation;
  if (lasting < config.devices.maxPerAccount && onProbation < MOST_ON_PROBATION) return null;
  const most =
    lasting < config.devices.maxPerAccount
      ? `${onProbation} devices on probation, and respool keeps no more`
      : `${lasting} devices, and respool keeps no more (devices.max_per_account)`;
  return error(`${bare} has ${most}`, {
    means: 'the check would push one of them out',
    remedy: 'take an account of its own',
  });
}
