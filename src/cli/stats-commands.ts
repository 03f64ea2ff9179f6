import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/units.js';
import { TALLIES } from '../spool/tally.js';
import { readCount } from './count.js';
import { fitted } from './fitted.js';
import type { CommandSurroundings } from './queue/commands.js';
import { STATUS_FORMATS } from './status/format-names.js';
import { UsageError } from './usage.js';

const LONGEST_AGE = 30 * 86_400_000;

const STATUS_HELP = `
Exit codes, as those of a monitoring plugin:
  0  ok
  1  warning: the spool is nearly full, its oldest message will soon expire, something was lost, or a threshold
     under alerts: is crossed
  2  critical: the daemon does not run, is not connected, or cannot write; what respool check calls an error
  3  unknown: the config cannot be read, or neither the daemon nor the spool
A wrong option is 2 too, and says so on stderr.

It needs to read the config and the spool: call it as the user that runs respool, or as root. A daemon that
does not answer within 5 s is stuck, which is critical.

Formats:
  text        for people
  json        for scripts (respool help json)
  nagios      a line and performance data, for Nagios, Icinga, Checkmk and others
  prometheus  what /metrics gives and respool_status, for a textfile collector where http is false

Examples:
  respool status
  respool status --format nagios
  respool status --format prometheus > /var/lib/prometheus/node-exporter/respool.prom`;

const STATS_HELP = `
The table counts what respool queue list would list, as qshape of Postfix does:

  DOMAIN          TOTAL  5m  10m  20m  40m  80m  160m  320m  640m  21h  OLDER
  TOTAL             391  12    .    .    4    9     .     .    31    .    335
  example.org       380  12    .    .    4    9     .     .    31    .    324
  example.net        11   .    .    .    .    .     .     .     .    .     11

Of example.org 12 are younger than 5 minutes, and 4 are from 20 to 40 minutes old. A row is a domain that messages are
for, or with --by an account that they are owed to (of a message to another server, its writer), or a sender. A narrow
terminal has fewer columns. It reads the whole spool, some seconds for each million messages, and holds up nobody.

Examples:
  respool stats --table --by account          whose devices do not come back?
  respool stats --table --by sender --rows 5  who writes most of what is pending?
  respool stats --table --first 1h            a column for each of 1h, 2h, 4h, up to months`;

/** Adds `respool status` and `stats`. */
export function addStatsCommands(top: Command, { readable, reading, out, done }: CommandSurroundings): void {
  top
    .command('status')
    .description('how it stands, on one screen or for a monitoring system: what is wrong, and what to do')
    .addOption(new Option('--format <format>', 'for whom it is (default: text)').choices(STATUS_FORMATS))
    .option('--json', 'print a JSON object, as --format json')
    .addHelpText('after', () => fitted(STATUS_HELP))
    .action(async ({ format, json = false }) => {
      if (json && format !== undefined && format !== 'json') {
        throw new UsageError(`--json and --format ${format} are two formats; name one`);
      }
      const { status } = await import('./status/status.js');
      done(await status(readable, json ? 'json' : (format ?? 'text'), out));
    });
  top
    .command('stats')
    .description('how delivery goes, what respool saved, what is pending, and all that was counted')
    .option('--table', 'instead: what is pending, by who has most and by age')
    .addOption(new Option('--by <what>', 'a row of the table for each (default: domain)').choices(TALLIES))
    .option('--rows <n>', 'how many rows, the rest in one of them (default: 20)', readCount)
    .option(
      '--first <age>',
      'the age of the first column; each doubles the one before (default: 5m)',
      readAge,
    )
    .option('--json', 'print a JSON object')
    .addHelpText('after', () => fitted(STATS_HELP))
    .action(async ({ table = false, by, rows, first, json = false }) => {
      if (!table) {
        const stray = Object.entries({ by, rows, first }).find(([, value]) => value !== undefined);
        if (stray !== undefined) throw new UsageError(`--${stray[0]} goes with --table`);
        const { stats } = await import('./stats.js');
        return stats((await reading()).spool.path, json, out);
      }
      const { printAgeTable } = await import('./age-table.js');
      const asked = { by: by ?? 'domain', rows: rows ?? 20, first: first ?? 300_000, json };
      await printAgeTable({ spoolPath: (await reading()).spool.path, ...asked }, out);
    });
}

function readAge(text: string): number {
  const age = parseDuration(text);
  if (age === undefined || age < 1_000 || age > LONGEST_AGE) {
    throw new InvalidArgumentError('It has to be a duration from 1s to 30d, such as 5m.');
  }
  return age;
}
