import { onSpool, type SpoolConfig } from '../control/reach.js';
import { whoIsThis } from '../control/who.js';
import type { Forgotten } from '../spool/content.js';
import { SpoolReader } from '../spool/spool-reader.js';
import { confirm } from './confirm.js';
import { printable } from './format.js';
import type { Output } from './output.js';

export interface ForgetQuestion {
  config: SpoolConfig;
  account: string;
  yes: boolean;
}

/** Messages removed in one transaction, so that the daemon's own work does not wait long. */
const AT_ONCE = 500;

/**
 * Removes all that is kept about an account, after having asked. What it wrote to others stays theirs.
 * @returns the exit code: 1 where nothing is known of it, or the answer was no
 */
export async function forget({ config, account, yes }: ForgetQuestion, out: Output): Promise<number> {
  const reader = SpoolReader.open(config.spool.path);
  const extent = reader.extent(account);
  reader.close();
  const name = printable(account);
  const kept = `${count(extent?.messages ?? 0, 'message')} and ${count(extent?.devices ?? 0, 'device')}`;
  const question = `Forget ${name}, with ${kept}? What is owed to it nobody gets any more.`;
  if (!(await confirm(question, yes))) {
    await out.line('nothing was forgotten');
    return 1;
  }
  const { messages, devices, memberships, lines } = await onSpool(config, async spool => {
    const all: Forgotten = { messages: 0, devices: 0, memberships: 0, lines: 0, more: true };
    while (all.more) {
      const part = await spool.ask('forget-account', { account, limit: AT_ONCE, by: whoIsThis() });
      all.messages += part.messages;
      all.devices += part.devices;
      all.memberships += part.memberships;
      all.lines += part.lines;
      all.more = part.more;
    }
    return all;
  });
  const done = [count(messages, 'message'), count(devices, 'device'), count(memberships, 'room membership')];
  if (lines > 0) done.push(count(lines, 'undelivered line'));
  const isKnown = extent !== null || messages + devices + lines > 0;
  await out.line(isKnown ? `${name} is forgotten: ${done.join(', ')}` : `nothing is known of ${name}`);
  return isKnown ? 0 : 1;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
