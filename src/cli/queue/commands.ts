import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ReadingConfig } from '../../config/load.js';
import { EVENT_KINDS, type EventKind } from '../../spool/journal.js';
import { readAccount } from '../account.js';
import type { Output } from '../output.js';
import { UsageError } from '../usage.js';
import type { Target } from './export.js';
import { filterOf, withFilter } from './filter.js';
import type { RecordFile } from './record-file.js';
import { readTarget } from './target.js';

export interface QueueSurroundings {
  /** Gives root's rights up for those of the spool's owner; `asRoot` is done before. */
  config(asRoot?: () => void): Promise<ReadingConfig>;
  out: Output;
  /** Takes the exit code. */
  done(code: number): void;
}

/** The commands below `respool queue`. Each loads what it needs when it is called. */
export function addQueueCommands(queue: Command, { config, out, done }: QueueSurroundings): void {
  const spoolPath = async () => (await config()).spool.path;
  withFilter(queue.command('list'))
    .argument('[ACCOUNT]', 'only this account (user@example.org)')
    .description('list what is pending, oldest first: one line for each device a message is still owed to')
    .option('--limit <n>', 'no more than so many', readCount)
    .option('--after <id>', 'only later messages than this one: the next page', readCount)
    .option('--json', 'print a JSON array')
    .action(async (account: string | undefined, { limit, after, json = false, ...options }) => {
      const filter = { ...filterOf(readAccount(account), options), after };
      const { queueList } = await import('./list.js');
      await queueList({ spoolPath: await spoolPath(), filter, limit, json }, out);
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
    .argument('<ACCOUNT|ID>', 'user@example.org, or a message: then all that is owed to whom it is owed')
    .description('have the daemon replay now what is owed to an account')
    .action(async (target: string) => {
      const { queueReplay } = await import('./replay.js');
      done(await queueReplay(await spoolPath(), readTarget(target), out));
    });
  withFilter(queue.command('drop'))
    .argument('[ACCOUNT|ID]', 'only what is owed to this account, or one message')
    .description('drop what is pending: nobody gets it any more. Asks first')
    .option('--limit <n>', 'no more than so many, the oldest first', readCount)
    .option('--all', 'everything, where nothing else says what')
    .option('--yes', 'do not ask')
    .option('--json', 'print a JSON object: {dropped}')
    .action(async (target: string | undefined, { limit, all, yes = false, json = false, ...options }) => {
      const filter = { ...filterOf(undefined, options), ...(target === undefined ? {} : readTarget(target)) };
      const isChosen = limit !== undefined || Object.values(filter).some(value => value !== undefined);
      if (!isChosen && !all)
        throw new UsageError('say what to drop: ACCOUNT, ID, an option of --help, or --all');
      const { queueDrop } = await import('./drop.js');
      done(await queueDrop({ config: await config(), filter, limit, yes, json }, out));
    });
  queue
    .command('undelivered')
    .argument('[ACCOUNT]', 'only for this account (user@example.org)')
    .description('list what left the spool without having been delivered, the latest first')
    .option('--limit <n>', 'no more than so many', readCount)
    .option('--json', 'print a JSON array')
    .action(async (account: string | undefined, { limit, json = false }) => {
      const { queueUndelivered } = await import('./undelivered.js');
      const question = { spoolPath: await spoolPath(), account: readAccount(account), limit, json };
      await queueUndelivered(question, out);
    });
  queue
    .command('export')
    .argument('<FILE>', 'a new file, or - for stdout')
    .description(
      'write all of the queue as JSON lines, with devices and rooms; for exactness while no daemon runs',
    )
    .action(async (file: string) => {
      const { openTarget, queueExport } = await import('./export.js');
      let target: Target = null;
      const { spool } = await config(() => {
        target = openTarget(file);
      });
      await queueExport(spool.path, target, out);
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

function readCount(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number from 1.');
  return Number(text);
}

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
