import type { DaemonLine } from '../../control/daemon-line.js';
import { onDaemon } from '../../control/reach.js';
import type { Reply } from '../../control/requests.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import { answerInWords } from '../device-state.js';
import { printable } from '../format.js';
import type { Output } from '../output.js';
import { NotPending } from './show.js';
import type { Target } from './target.js';

export interface ReplayQuestion {
  spoolPath: string;
  target: Target;
  /** How long to wait for the answers, in ms. */
  wait: number;
  json: boolean;
}

/**
 * Tells the daemon to ask who is owed something, or to whom a message is owed, and to send it to those that answer.
 * @returns the exit code: 1 where none answered that wants messages
 */
export async function queueReplay(
  { spoolPath, target, wait, json }: ReplayQuestion,
  out: Output,
): Promise<number> {
  return onDaemon(spoolPath, async daemon => {
    const accounts = accountsOf(spoolPath, target);
    if (accounts.length === 0 && 'account' in target) {
      if (json) await out.line(JSON.stringify({ asked: 0, answered: 0, sessions: [] }));
      else await out.line(`nothing is pending for ${printable(target.account)}`);
      return 0;
    }
    const sessions = await ask(daemon, accounts, wait);
    const { asked, answered } = countOf(sessions);
    if (json) {
      const shown = sessions.map(({ account, resource: device, asked: answer, took: answer_ms }) => {
        return { account, device, answer, answer_ms };
      });
      await out.line(JSON.stringify({ asked, answered, sessions: shown }));
    } else await say(accounts, sessions, { wait, isHeld: hasHolds(spoolPath) }, out);
    return sessions.some(one => one.asked === 'answered' && (one.priority ?? -1) >= 0) ? 0 : 1;
  });
}

type Answers = Reply<'ask'>;

/** Of how many sessions that were asked how many have answered. */
function countOf(sessions: Answers): { asked: number; answered: number } {
  const asked = sessions.filter(one => one.asked !== 'unannounced' && one.asked !== 'spared');
  return { asked: asked.length, answered: asked.filter(one => one.asked === 'answered').length };
}

async function ask(daemon: DaemonLine, accounts: readonly string[], within: number): Promise<Answers> {
  return daemon.ask('ask', { accounts: [...accounts], within });
}

async function say(
  accounts: readonly string[],
  sessions: Answers,
  { wait, isHeld }: { wait: number; isHeld: boolean },
  out: Output,
): Promise<void> {
  const unless = isHeld ? ', but for what is on hold: respool queue hold lists that' : '';
  for (const account of accounts) {
    if (sessions.some(session => session.account === account)) continue;
    await out.line(
      `${printable(account)} is not online; what is owed to it comes at its next login${unless}`,
    );
  }
  for (const session of sessions) {
    await out.line(`${printable(`${session.account}/${session.resource}`)} ${answerInWords(session, wait)}`);
  }
  const { asked, answered } = countOf(sessions);
  if (asked > 0) await out.line(`${answered} of ${asked} answered`);
}

function hasHolds(spoolPath: string): boolean {
  const reader = SpoolReader.open(spoolPath);
  try {
    return reader.holds().length > 0;
  } finally {
    reader.close();
  }
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
    return [...accounts].slice(0, MOST_ASKED);
  } finally {
    reader.close();
  }
}

/** So many accounts are asked at once: what was said in a room may be owed to more. */
const MOST_ASKED = 1_000;
