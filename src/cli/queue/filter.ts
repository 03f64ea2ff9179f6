import { type Command, InvalidArgumentError, Option } from 'commander';
import type { QueueFilter } from '../../spool/filter.js';
import { parseJid } from '../../xmpp/jid.js';
import { readResource } from '../account.js';
import { readMoment } from '../moment.js';

/** What the options of `withFilter` give. */
export type FilterOptions = Pick<QueueFilter, 'device' | 'from' | 'room' | 'since' | 'until' | 'type'>;

/** The types of messages that are kept. */
const TYPES = ['chat', 'normal', 'groupchat'];

/** Adds the options by which a part of the queue is chosen. */
export function withFilter(command: Command): Command {
  return command
    .option('--device <resource>', 'only what is owed to a device of this name', readResource)
    .option(
      '--from <jid>',
      'only what was written by this JID (without resource: by any of it), or at this domain',
      readJid,
    )
    .option('--room <jid>', 'only what was said in this room', readRoom)
    .addOption(sinceOption('what was received'))
    .addOption(untilOption('what was received'))
    .addOption(new Option('--type <type>', 'only messages of this type').choices(TYPES));
}

/** Adds --since and --until, which mean the same wherever there are such. @param what of which they choose a part */
export function withTimes(command: Command, what: string): Command {
  return command.addOption(sinceOption(what)).addOption(untilOption(what));
}

function sinceOption(what: string): Option {
  const option = new Option(
    '--since <time>',
    `only ${what} since: 2h (ago), yesterday, 2026-11-25, 2026-11-25T08:00, 18:00 (in UTC)`,
  );
  return option.argParser(text => readMoment(text));
}

function untilOption(what: string): Option {
  return new Option('--until <time>', `only ${what} before: a time as with --since`).argParser(text =>
    readMoment(text),
  );
}

/** @returns the filter that was asked for, without what else was */
export function filterOf(account: string | undefined, options: FilterOptions): QueueFilter {
  const { device, from, room, since, until, type } = options;
  return { account, device, from, room, since, until, type };
}

function readJid(text: string): string {
  const jid = parseJid(text);
  if (jid === null) throw new InvalidArgumentError('It has to be a JID, such as juliet@example.org.');
  return jid.full;
}

function readRoom(text: string): string {
  const jid = parseJid(text);
  if (jid === null || jid.local === '' || jid.resource !== '') {
    throw new InvalidArgumentError('It has to be a room, such as room@conference.example.org.');
  }
  return jid.bare;
}
