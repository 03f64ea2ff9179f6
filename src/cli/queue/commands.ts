import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ReadingConfig } from '../../config/load.js';
import { EVENT_KINDS, type EventKind } from '../../spool/journal.js';
import { readAccount } from '../account.js';
import { readCount } from '../count.js';
import { fitted } from '../fitted.js';
import type { Target } from '../new-file.js';
import type { Output } from '../output.js';
import { UsageError } from '../usage.js';
import { waitOption } from '../wait.js';
import { filterOf, withFilter, withTimes } from './filter.js';
import type { RecordFile } from './record-file.js';
import { readTarget } from './target.js';

export interface CommandSurroundings {
  /** Gives root's rights up for those of the spool's owner; `asRoot` is done before. */
  config(asRoot?: () => void): Promise<ReadingConfig>;
  /** The same for a command that changes nothing: the config as far as it is right, and what is wrong with it. */
  readable(): Promise<{ config: ReadingConfig; wrong: readonly string[] }>;
  /** The same, where what is wrong goes to stderr. */
  reading(): Promise<ReadingConfig>;
  out: Output;
  /** Takes the exit code. */
  done(code: number): void;
}

/** The commands below `respool queue`. Each loads what it needs when it is called. */
export function addQueueCommands(queue: Command, { config, reading, out, done }: CommandSurroundings): void {
  const spoolPath = async () => (await reading()).spool.path;
  withFilter(queue.command('list'))
    .argument('[ACCOUNT]', 'only this account (user@example.org)')
    .description('list what is pending, oldest first: one line for each device a message is still owed to')
    .option('--limit <n>', 'no more than so many', readCount)
    .option('--after <id>', 'only later messages than this one: the next page', readCount)
    .addOption(new Option('--ids', 'print the ids alone, one a line, for queue drop -').conflicts('json'))
    .option('--json', 'print a JSON array')
    .action(async (account: string | undefined, { limit, after, ids = false, json = false, ...options }) => {
      const filter = { ...filterOf(readAccount(account), options), after };
      const { queueList } = await import('./list.js');
      await queueList({ spoolPath: await spoolPath(), filter, limit, json, ids }, out);
    });
  queue
    .command('show')
    .argument('<ID>', 'as queue list shows it', readCount)
    .description('show one message: its headers, to whom it is owed, and why it is still pending')
    .option('--body', 'show what it says, too')
    .option('--json', 'print a JSON object')
    .action(async (id: number, { body = false, json = false }) => {
      const { queueShow } = await import('./show.js');
      done(await queueShow({ spoolPath: await spoolPath(), id, body, json }, out));
    });
  queue
    .command('replay')
    .argument(
      '<ACCOUNT|ID>',
      'user@example.org, or the id of a message: then all that is owed to the accounts that it is owed to',
    )
    .description('have the daemon ask an account now, and replay what is owed to those that answer')
    .addOption(waitOption())
    .option('--json', 'print a JSON object: {asked, answered, sessions}')
    .addHelpText('after', () => fitted(REPLAY_HELP))
    .action(async (target: string, { wait, json = false }) => {
      const { queueReplay } = await import('./replay.js');
      done(await queueReplay({ spoolPath: await spoolPath(), target: readTarget(target), wait, json }, out));
    });
  withFilter(queue.command('drop'))
    .argument(
      '[ACCOUNT|ID|-]',
      'only what is owed to this account, or one message; -: ids from stdin, one a line',
    )
    .description('drop what is pending: nobody gets it any more. Asks first')
    .option('--limit <n>', 'no more than so many, the oldest first', readCount)
    .option('--all', 'drop everything; needed where no account, id, filter or --limit is given')
    .option('--yes', 'do not ask')
    .option('--json', 'print a JSON object: {dropped}')
    .addHelpText('after', () => fitted(DROP_HELP))
    .action(async (target: string | undefined, { limit, all, yes = false, json = false, ...options }) => {
      const isPiped = target === '-';
      const filter = {
        ...filterOf(undefined, options),
        ...(target === undefined || isPiped ? {} : readTarget(target)),
      };
      const isChosen =
        isPiped || limit !== undefined || Object.values(filter).some(value => value !== undefined);
      if (!isChosen && !all)
        throw new UsageError(
          'say what to drop: ACCOUNT, ID, - for ids from stdin, a filter such as --from or --until, or --all',
        );
      const { queueDrop } = await import('./drop.js');
      const loaded = await config();
      const { readIds } = await import('./ids.js');
      const ids = isPiped ? await readIds(process.stdin) : null;
      done(await queueDrop({ config: loaded, filter, ids, limit, yes, json }, out));
    });
  queue
    .command('hold')
    .argument(
      '[JID]',
      'an account, a device (user@example.org/phone) or a domain; without: list what is on hold',
    )
    .description(
      'keep back what is owed to somebody until it is released: kept, not sent, it does not expire',
    )
    .option('--json', 'print a JSON object: {jid, on_hold, changed}; of the list an array: {jid, since, by}')
    .addHelpText('after', () => fitted(HOLD_HELP))
    .action(async (text: string | undefined, { json = false }) => {
      const { queueHold, queueHolds, readHeld } = await import('./hold.js');
      if (text === undefined) return queueHolds(await spoolPath(), json, out);
      const loaded = await config();
      await queueHold(loaded, readHeld(text, loaded.hosts), json, out);
    });
  queue
    .command('release')
    .argument('<JID>', 'as queue hold lists it')
    .description('end a hold: what was kept back goes out as usual')
    .option('--json', 'print a JSON object: {jid, on_hold, changed}')
    .addHelpText('after', () => fitted(RELEASE_HELP))
    .action(async (text: string, { json = false }) => {
      const { queueRelease, readHeld } = await import('./hold.js');
      const loaded = await config();
      done(await queueRelease(loaded, readHeld(text, loaded.hosts), json, out));
    });
  withTimes(queue.command('undelivered'), 'what left')
    .argument('[ACCOUNT]', 'only for this account (user@example.org)')
    .description('list what left the spool without having been delivered, the latest first')
    .option('--limit <n>', 'no more than so many', readCount)
    .option('--json', 'print a JSON array')
    .action(async (account: string | undefined, { since, until, limit, json = false }) => {
      const { queueUndelivered } = await import('./undelivered.js');
      const filter = { account: readAccount(account), since, until };
      await queueUndelivered({ spoolPath: await spoolPath(), filter, limit, json }, out);
    });
  queue
    .command('export')
    .argument('<FILE>', 'a new file, or - for stdout')
    .description(
      'write all of the queue as JSON lines, with devices and rooms; it is exact only while no daemon runs',
    )
    .action(async (file: string) => {
      const { openTarget } = await import('../new-file.js');
      const { queueExport } = await import('./export.js');
      let target: Target = null;
      const { spool } = await config(() => {
        target = openTarget(file);
      });
      await queueExport(spool.path, target, out);
    });
  queue
    .command('backup')
    .argument('<FILE>', 'a new file, for its owner alone; spool.path can name it')
    .description('copy the whole spool as it is now, while the daemon goes on')
    .option('--json', 'print a JSON object: {file, bytes}')
    .addHelpText('after', () => fitted(BACKUP_HELP))
    .action(async (file: string, { json = false }) => {
      const { openTarget } = await import('../new-file.js');
      const { queueBackup } = await import('./backup.js');
      let target: Target = null;
      const { spool } = await config(() => {
        target = openTarget(file);
      });
      if (target === null)
        throw new UsageError('a backup goes to a file; respool queue export - writes to stdout');
      await queueBackup(spool.path, target, json, out);
    });
  queue
    .command('import')
    .argument('<FILE>', 'as queue export wrote it, or - for stdin')
    .description(
      'store an exported queue, in addition to what is here; messages that are here already are not doubled',
    )
    .action(async (file: string) => {
      const { queueImport } = await import('./import.js');
      const { openRecords } = await import('./record-file.js');
      let source: RecordFile | null = null;
      const loaded = await config(() => {
        source = openRecords(file);
      });
      await queueImport(loaded, source, out);
    });
  queue
    .command('tail')
    .argument('[ACCOUNT]', 'only this account (user@example.org)')
    .description('follow what happens to messages in the running daemon, until Ctrl-C')
    .addOption(kindOption())
    .option('--json', 'print a JSON object a line')
    .action(async (account: string | undefined, { kind, json = false }) => {
      const { queueTail } = await import('./tail.js');
      await queueTail(
        { spoolPath: await spoolPath(), account: readAccount(account), kinds: kind, json },
        out,
      );
    });
}

const REPLAY_HELP = `
Each session of the account is pinged, one that sleeps too, and waited for. The last line says how many of them
have answered; these are sent what they are owed. It ends with 1 where none has.`;

const DROP_HELP = `
Examples:
  respool queue drop romeo@example.org --until 7d
  respool queue list --from spam.example --ids | respool queue drop -
  respool queue list --device phone --ids | respool queue drop - --device phone

An id stands for the message, to whomever it is owed; the other options narrow that. Nothing is dropped before all
ids have been read, and a line that is no id is an error that names it. With - the question is asked at the terminal.`;

const BACKUP_HELP = `
It holds all that the spool holds, messages in clear text as there. It is written by the user that owns the spool, into
a folder where that one may write. To go back to it: stop the daemon, move spool.db, spool.db-wal and spool.db-shm away,
put the copy in the place of spool.db, and start. What was delivered since then is sent once more.`;

const HOLD_HELP = `
A message on hold is stored as ever, but respool sends it to no device and to no other server. A hold of an account
or of a domain here also covers what it wrote to other servers; a hold of another domain covers what is for it there.
The message does not expire, and its device is not forgotten; after the release it has a day at least. Quotas hold as
for all. ejabberd's own deliveries go on, and such a message leaves the queue as delivered. A hold outlasts restarts.

Examples:
  respool queue hold romeo@example.org        an account, with all of its devices
  respool queue hold romeo@example.org/phone  this device alone; the others get theirs
  respool queue hold example.org              all accounts of a domain, or what is for another server
  respool queue hold                          what is on hold, since when, and by whom
  respool queue release romeo@example.org`;

const RELEASE_HELP = `
It is released by the name by which it was held: an account stays on hold while its domain is. What it has goes on at
once where a daemon runs. It ends with 1 where this was not on hold.`;

function kindOption(): Option {
  const option = new Option('--kind <kinds>', `only these, with commas between: ${EVENT_KINDS.join(', ')}`);
  option.argParser(readKinds);
  option.argChoices = [...EVENT_KINDS]; // for completion: `choices` would take one only
  return option;
}

function readKinds(text: string): EventKind[] {
  return text.split(',').map(word => {
    const kind = EVENT_KINDS.find(one => one === word.trim());
    if (kind === undefined) throw new InvalidArgumentError(`There is: ${EVENT_KINDS.join(', ')}.`);
    return kind;
  });
}
