import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { type HostAndPort, listenAddress } from '../config/kinds.js';
import { versionAndCommit } from '../version.js';
import { parseJid } from '../xmpp/jid.js';
import { readAccount, readResource } from './account.js';
import { actAsOwner } from './as-owner.js';
import { UNIT_FILE } from './init/unit.js';
import { topicNames } from './manual/topics.js';
import type { Output } from './output.js';
import { ENTRY, LAUNCHER } from './paths.js';
import { addQueueCommands } from './queue/commands.js';
import { addTraceCommand } from './trace/command.js';
import { UsageError } from './usage.js';
import { readWait, waitOption } from './wait.js';

const DEFAULT_FILE = '/etc/respool/respool.yml';

const HELP = `
Examples:
  respool init --domain respool.example.org  the config, and what belongs into ejabberd.yml
  respool check                              is everything as it should be?
  respool run                                the daemon; ends on SIGTERM or Ctrl-C
  respool run --take-over                    a new version goes on where the running one is, without a gap
  respool queue list romeo@example.org       what is still owed to an account
  respool queue list --json | jq length      how much is pending in all
  respool queue show 1234                    one message, and why it is still pending
  respool trace romeo@example.org --since 2h what became of his messages, also of those delivered
  respool devices romeo@example.org          its devices, and what each still lacks
  respool stats                              how delivery goes, and what respool saved
  respool help config                        every key of the config; respool help lists the other topics

Exit codes:
  0  done
  1  failed: the last line says why and what to do
  2  wrong usage or config

The secret is never taken from the command line: component.secret or component.secret_file in the
config file, or RESPOOL_SECRET in the environment. RESPOOL_CONFIG names the config file where -c does not.
Only run and check need the secret. queue replay, queue tail and devices --ask need the running daemon; the others
do not.`;

const TAKE_OVER_HELP = `
An upgrade without a gap: put the new version beside the old one, and call ITS bin/respool as the user that
runs respool, with the same config:

  /opt/respool-new/bin/respool run --take-over

The running respool starts the new version where it runs itself (same supervisor, environment and log), gives
it its connection to ejabberd and the spool, and the command ends with 0. ejabberd notices nothing, so no copy
is lost; a few messages may come twice. Where the new version does not start, the old one goes on; where no
respool runs, this one does. component.* and spool.path have to be as they were.`;

const SALVAGE_HELP = `
respool check says whether a spool is damaged. Stop the daemon first. Pages that cannot be read are left out, and
what was on them is counted as lost, where its number can still be read; what is read is checked before it is kept. A
backup that is not old (respool queue backup) is better where there is one. It takes room for the spool twice beside
NEW.

Example:
  respool salvage /var/lib/respool/spool.db /var/lib/respool/saved.db

Exit codes: 0, something was saved; 1, nothing was.`;

const DEVICES_HELP = `
STATE and SEEN say what the running daemon believes, and how old that is. With --ask they are asked, through the
daemon, and STATE says what came of it: answered, no answer, gone (the server knows no such session), not asked.
A terminal that is too narrow for all columns shows the most important ones.`;

/**
 * The command line: reads it, and calls what it asks for. Each action gives the exit code to `done`. An action loads
 * what it needs itself, the config's reader too: a list has to be there at once.
 */
export function program(out: Output, done: (code: number) => void): Command {
  const top = new Command('respool')
    .description(
      'Keeps the messages that ejabberd loses and replays them until the device has proved that it got them.',
    )
    .version(versionAndCommit(), '-V, --version', 'print the version, and the commit that it was built from')
    .option('-c, --config <file>', `the config file (default: $RESPOOL_CONFIG, else ${DEFAULT_FILE})`)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showHelpAfterError('(add --help for how it is used)')
    .addHelpText('after', HELP);
  const file = () => top.opts<{ config?: string }>().config ?? (process.env.RESPOOL_CONFIG || DEFAULT_FILE);
  /** @param asRoot what is to be done before root's rights are given up */
  const config = async (asRoot?: () => void) => {
    const loaded = (await import('../config/load.js')).loadForReading(file());
    asRoot?.();
    actAsOwner(loaded.spool.path);
    return loaded;
  };
  const spoolPath = async () => (await config()).spool.path;

  top
    .command('run')
    .description('run the daemon until SIGTERM or SIGINT')
    .option('--take-over', 'have the running respool hand over to this version, without a gap')
    .option('--no-start', 'with --take-over: where none runs, start none')
    .addOption(new Option('--inherit', 'the process that it hands over to').hideHelp())
    .addHelpText('after', TAKE_OVER_HELP)
    .action(async ({ takeOver = false, start = true, inherit = false }) => {
      if (!start && !takeOver) throw new UsageError('--no-start goes with --take-over');
      const how = inherit ? 'inherit' : takeOver ? 'take-over' : 'start';
      const { run } = await import('./run.js');
      const { stderrLog } = await import('../monitor/log.js');
      done(await run({ file: file(), log: stderrLog(), how, noStart: !start, entry: ENTRY }));
    });
  top
    .command('init')
    .description('write a config with a new secret, and say what belongs into ejabberd.yml')
    .requiredOption(
      '--domain <domain>',
      "respool's own name, such as respool.example.org; it needs no DNS entry",
    )
    .option('--host <host>', 'where ejabberd listens for components (default: 127.0.0.1)')
    .option('--port <port>', 'the port of that listener (default: 5347)', readCount)
    .option('--hosts <vhosts...>', 'the vhosts served (default: the domain without its first label)')
    .option('--systemd [file]', `also write a hardened unit (default: ${UNIT_FILE})`)
    .option('--force', 'replace what is there')
    .addHelpText(
      'after',
      `
Writes the file that -c names (default: $RESPOOL_CONFIG, else ${DEFAULT_FILE}), and prints the steps that follow.

Examples:
  respool init --domain respool.example.org --systemd
  respool init --domain respool.example.org --hosts example.org,example.net -c ./respool.yml`,
    )
    .action(async ({ domain, host, port, hosts, systemd, force = false }) => {
      const vhosts = hosts?.flatMap((name: string) => name.split(',').filter(part => part !== ''));
      const unit = systemd === true ? UNIT_FILE : systemd;
      const { init } = await import('./init/init.js');
      await init({ file: file(), domain, host, port, hosts: vhosts, unit, force, launcher: LAUNCHER }, out);
    });
  top
    .command('check')
    .description('check config, spool, connection, secret, check_from and whether copies arrive')
    .addOption(
      new Option('--wait <duration>', 'how long to wait for a copy, and for DNS')
        .argParser(readWait)
        .default(3_000, '3s'),
    )
    .option(
      '--ejabberd <file>',
      'review this ejabberd.yml (default: where packages and containers have it, if readable)',
    )
    .option('--no-ejabberd', 'review none')
    .option(
      '--login <account>',
      'log in as this account and prove the whole way: a message lost, replayed, proved',
    )
    .option('--password-file <file>', "a file with the account's password (default: it is asked for)")
    .option(
      '--login-at <host:port>',
      'where clients log in (default: component.host, port 5222)',
      readAddress,
    )
    .option(
      '--json',
      'print the findings as JSON: {check, level: ok | skipped | warning | error, text, means, remedy}',
    )
    .addHelpText(
      'after',
      `
Each line is ok, skipped (it was not looked at, and why), warning or error,
with what it means and what to do; the last line counts them. While a daemon
runs on the spool its own word is taken: a second connection would steal copies
from it. Where its values are not those of the file, the keys are named.

Examples:
  respool check                             as root, it also reads ejabberd.yml
  respool check --login tester@example.org  loses a message, and has it come back
  respool check --json | jq '.[] | select(.level != "ok")'`,
    )
    .action(async ({ wait, ejabberd, login: jid, passwordFile, loginAt: at, json = false }) => {
      const login = jid === undefined ? undefined : { ...(await readLogin(jid, passwordFile)), at };
      const which = ejabberd === true ? undefined : ejabberd;
      const { check } = await import('./check/check.js');
      done(await check({ file: file(), wait, ejabberd: which, login, json }, out));
    });
  addQueueCommands(top.command('queue').description('what is pending'), { config, out, done });
  addTraceCommand(top, { config, out, done });
  const known = top.command('devices').description('the known devices');
  known
    .command('list', { isDefault: true })
    .argument('[ACCOUNT]', 'only this account (user@example.org)')
    .description('list the known devices, what each can do, and how much it still lacks')
    .option('--ask', 'ask those with a session by a ping, and wait for the answers; it may wake a phone')
    .addOption(waitOption())
    .option('--json', 'print a JSON array')
    .addHelpText('after', DEVICES_HELP)
    .action(async (account: string | undefined, { ask = false, wait, json = false }) => {
      if (ask && account === undefined)
        throw new UsageError('--ask goes with an ACCOUNT: each ping may wake a phone');
      const { devices } = await import('./devices.js');
      const question = {
        account: readAccount(account),
        config: await config(),
        ask: ask ? wait : null,
        json,
      };
      await devices(question, out);
    });
  known
    .command('forget')
    .argument('<ACCOUNT>', 'user@example.org')
    .argument('<RESOURCE>', 'as the list shows it')
    .description('forget a device, and what is owed to it alone; it is known again when it comes back')
    .action(async (account: string, resource: string) => {
      const { forgetDevice } = await import('./forget-device.js');
      done(await forgetDevice(await config(), readAccount(account) ?? account, readResource(resource), out));
    });
  top
    .command('forget')
    .argument('<ACCOUNT>', 'user@example.org')
    .description('remove all that is kept about an account: messages, devices, rooms. Asks first')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nWhat it wrote to others and they have not got yet stays theirs (respool queue drop --from ACCOUNT removes it).\n' +
        'An account that is online is known again from what it does next.',
    )
    .action(async (account: string, { yes = false }) => {
      const { forget } = await import('./forget.js');
      done(await forget({ config: await config(), account: readAccount(account) ?? account, yes }, out));
    });
  top
    .command('salvage')
    .argument('<DAMAGED>', 'the file of a spool that is damaged; it is copied, and not touched')
    .argument('<NEW>', 'a new file, which gets what can be read')
    .description('read what can be read out of a damaged spool into a new one')
    .option('--json', 'print a JSON object: {file, tables: [{table, what, saved, lost}]}')
    .addHelpText('after', SALVAGE_HELP)
    .action(async (damaged: string, file: string, { json = false }) => {
      actAsOwner(damaged);
      const { salvageSpool } = await import('./salvage.js');
      done(await salvageSpool({ damaged, file, json }, out));
    });
  top
    .command('stats')
    .description('how delivery goes, what respool saved, what is pending, and all that was counted')
    .option('--json', 'print a JSON object')
    .action(async ({ json = false }) => {
      const { stats } = await import('./stats.js');
      await stats(await spoolPath(), json, out);
    });
  top
    .helpCommand(false) // this one knows topics too
    .command('help')
    .addArgument(topicArgument())
    .description('explain a topic, or a command')
    .action(async (words: string[]) => {
      const { help } = await import('./help.js');
      await help(words, top, out);
    });
  return top;
}

function topicArgument(): Argument {
  const argument = new Argument('[TOPIC...]', `one of ${topicNames().join(', ')}, or a command`);
  argument.argChoices = topicNames(); // for completion: the action says what is wrong
  return argument;
}

function readAddress(text: string): HostAndPort {
  const address = listenAddress.read(text);
  if (address === undefined)
    throw new InvalidArgumentError('It has to be HOST:PORT, such as 127.0.0.1:5222.');
  return address;
}

async function readLogin(jid: string, passwordFile: string | undefined) {
  const account = parseJid(readAccount(jid));
  if (account === null) throw new UsageError(`"${jid}" is no account`);
  const { readPassword } = await import('./check/login/password.js');
  return { account, password: await readPassword(account.bare, passwordFile) };
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number from 1.');
  return Number(text);
}
