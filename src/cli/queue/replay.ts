import type { DaemonLine } from '../../control/daemon-line.js';
import { onDaemon } from '../../control/reach.js';
import { SpoolReader } from '../../spool/queries.js';
import { printable } from '../format.js';
import type { Output } from '../output.js';
import { NotPending } from './show.js';
import type { Target } from './target.js';

/**
 * Has the daemon replay now what is owed to an account, or to those that a message is owed to.
 * @returns the exit code: 1 where none of them is there to get it
 */
export async function queueReplay(spoolPath: string, target: Target, out: Output): Promise<number> {
  return onDaemon(spoolPath, async daemon => {
    const accounts = accountsOf(spoolPath, target);
    if (accounts.length === 0 && 'account' in target) {
      await out.line(`nothing is pending for ${printable(target.account)}`);
      return 0;
    }
    let reached = false;
    for (const account of accounts) reached = (await replay(daemon, account, out)) || reached;
    return reached ? 0 : 1;
  });
}

/** @throws NotPending */
function accountsOf(spoolPath: string, target: Target): string[] {
  const reader = SpoolReader.open(spoolPath);
  try {
    if ('account' in target) {
      const [first] = reader.pendings(target);
      return first === undefined ? [] : [target.account];
    }
    const accounts = new Set([...reader.pendings(target)].map(({ account }) => account));
    if (accounts.size === 0) throw new NotPending(target.id);
    return [...accounts];
  } finally {
    reader.close();
  }
}

/** Says what becomes of it. Returns whether a session may get it. */
async function replay(daemon: DaemonLine, account: string, out: Output): Promise<boolean> {
  const sessions = await daemon.ask('replay', { account });
  if (sessions.length === 0) {
    await out.line(`${printable(account)} is not online; what is owed to it comes at its next login`);
  }
  for (const { resource, priority, settlingFor } of sessions) {
    const session = printable(`${account}/${resource}`);
    if (priority === null) await out.line(`${session} has sent no presence yet; what is owed comes after it`);
    else if (priority < 0) await out.line(`${session} has priority ${priority}, so it wants no messages`);
    else if (settlingFor !== null)
      await out.line(`${session} has just come online; what is owed follows in a moment`);
    else await out.line(`${session} is asked whether it is there, and what is owed to it follows its answer`);
  }
  return sessions.some(({ priority }) => (priority ?? -1) >= 0);
}
