import { type Command, InvalidArgumentError } from 'commander';
import type { ReadingConfig } from '../../config/load.js';
import { readAccount } from '../account.js';
import type { Output } from '../output.js';
import { filterOf, withFilter } from './filter.js';
import { queueList } from './list.js';

export interface QueueSurroundings {
  config(): ReadingConfig;
  out: Output;
  /** Takes the exit code. */
  done(code: number): void;
}

/** The commands below `respool queue`. */
export function addQueueCommands(queue: Command, { config, out }: QueueSurroundings): void {
  withFilter(queue.command('list'))
    .argument('[ACCOUNT]', 'only this account (user@example.org)')
    .description('list what is pending, oldest first: one line for each device a message is still owed to')
    .option('--limit <n>', 'no more than so many', readCount)
    .option('--after <id>', 'only later messages than this one: the next page', readCount)
    .option('--json', 'print a JSON array')
    .action((account: string | undefined, { limit, after, json = false, ...options }) => {
      const filter = { ...filterOf(readAccount(account), options), after };
      return queueList({ spoolPath: config().spool.path, filter, limit, json }, out);
    });
}

export function readCount(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number from 1.');
  return Number(text);
}
