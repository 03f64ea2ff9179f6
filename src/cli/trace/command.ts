import { type Command, InvalidArgumentError } from 'commander';
import { parseJid } from '../../xmpp/jid.js';
import { readCount } from '../count.js';
import { fitted } from '../fitted.js';
import type { CommandSurroundings } from '../queue/commands.js';
import { withTimes } from '../queue/filter.js';
import { readTraced } from './traced.js';

const HELP = `
Says step by step what became of messages, also of those that have been delivered. It shows JIDs, ids and times, and
nothing of what was said.

  stored      respool has it: from here on it is not lost
  handed      ejabberd routed it to this session, which may have been dead already: that is no proof
  replaced    the same, but with its correction or retraction in its place
  asked       a ping went out to that session; answered: it came back
  proved      the device has it
  left, lost  the session ended, or turned out to have ended, and had not proved it
  replayed    respool sent it
  bounced     ejabberd returned it to its sender, who may have seen an error; respool keeps it
  others      as respool queue tail says them: refused, expired, evicted, dropped

What respool itself went through stands there too, for what was unproved then: it started anew, or lost its connection
to ejabberd.

Examples:
  respool trace romeo@example.org --since 2h    what was written to and by him of late
  respool trace romeo@example.org/phone         what that device was given
  respool trace romeo@example.org --with juliet@example.net
  respool trace 4711                            a message by its number, as queue list and queue tail show it
  respool trace --id 5f3c-a1                    by its stanza id, as clients know it

How far it reaches back: history.keep and history.max_size (respool help config).`;

/** Adds `respool trace`. */
export function addTraceCommand(top: Command, { reading, out, done }: CommandSurroundings): void {
  const command = top
    .command('trace')
    .argument('[ACCOUNT|ID]', 'user@example.org, user@example.org/device, or the number of a message')
    .description('what became of messages, step by step, also of those that were delivered')
    .option('--id <stanza-id>', 'only messages of this stanza id')
    .option('--with <jid>', 'only what this one wrote or was to get (without resource: any of it)', readPeer);
  withTimes(command, 'what was stored')
    .option('--limit <n>', 'no more messages than so many, the latest', readCount, 100)
    .option('--json', 'print a JSON array')
    .addHelpText('after', () => fitted(HELP))
    .action(async (target: string | undefined, { id, with: peer, since, until, limit, json = false }) => {
      const traced = readTraced(target, { stanzaId: id, peer, since, until });
      const { trace } = await import('./trace.js');
      done(await trace({ config: await reading(), traced, limit, json }, out));
    });
}

function readPeer(text: string): string {
  const jid = parseJid(text);
  if (jid === null) throw new InvalidArgumentError('It has to be a JID, such as juliet@example.org.');
  return jid.full;
}
