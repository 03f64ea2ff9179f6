import { systemClock } from '../replay/clock.js';
import type { Jid } from '../xmpp/jid.js';
import type { Started } from './started.js';

/** Makes the function that lets go on what was kept back for an account, a device or a domain. */
export function releaserOf({
  spool,
  replay,
  remote,
}: Pick<Started, 'spool' | 'replay'> & { remote: { released(): void } | null }): (jid: string) => void {
  return jid => {
    spool.tell({ do: 'sweep', at: systemClock.date() }); // what has expired meanwhile gets its time first
    replay.released(concernedBy(jid));
    remote?.released();
  };
}

/** Is a session one of this account, device or domain? */
function concernedBy(jid: string): (session: Jid) => boolean {
  return ({ full, bare, domain }) => [full, bare, domain].includes(jid);
}
