import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { type HostAndPort, listenAddress } from '../config/kinds.js';
import { harmless } from '../monitor/harmless.js';
import { versionAndCommit } from '../version.js';
import { parseJid } from '../xmpp/jid.js';
import { readAccount } from './account.js';
import { actAsOwner } from './as-owner.js';
import { readCount } from './count.js';
import { addDeviceCommands } from './device-commands.js';
import { fitted } from './fitted.js';
import { UNIT_FILE } from './init/unit.js';
import { topicNames } from './manual/topics.js';
import type { Output } from './output.js';
import { ENTRY, LAUNCHER } from './paths.js';
import { addQueueCommands } from './queue/commands.js';
import { addSpoolCommands } from './spool-commands.js';
import { addStatsCommands } from './stats-commands.js';
import { addTraceCommand } from './trace/command.js';
import { UsageError } from './usage.js';
import { readWait } from './wait.js';

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
  respool status                             is all well? one screen, or a line for a monitoring system
  respool stats                              how delivery goes, and what respool saved
  respool stats --table --by account         what is pending, by who has most and by age
  respool help config                        every key of the config; respool help lists the other topics

Exit codes:
  0  done
  1  failed: the last line says why and what to do
  2  wrong usage or config
respool status has those of a monitoring plugin, see its --help.

The secret is never taken from the command line: component.secret or component.secret_file in the
config file, or RESPOOL_SECRET in the environment. RESPOOL_CONFIG names the config file where -c does not.
Only run and check need the secret. queue replay, queue tail, devices --ask and check --login need the running
daemon; the others do not.`;

const TAKE_OVER_HELP = `
An upgrade without a gap: put the new version beside the old one, and call ITS bin/respool as the user that
runs respool, with the same config:

  /opt/respool-new/bin/respool run --take-over

The running respool starts the new version where it runs itself (same supervisor, environment and log), gives
it its connection to ejabberd and the spool, and the command ends with 0. ejabberd notices nothing, so no copy
is lost; a few messages may come twice. If the new version does not start, the old one goes on. If no respool
runs, this one starts, but not with --no-start. component.* and spool.path have to be as they were.`;

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
    .addHelpText('after', () => fitted(HELP));
  const file = () => top.opts<{ config?: string }>().config ?? (process.env.RESPOOL_CONFIG || DEFAULT_FILE);
  /** @param asRoot what is to be done before root's rights are given up */
  const config = async (asRoot?: () => void) => {
    const loaded = (await import('../config/load.js')).loadForReading(file());
    asRoot?.();
    actAsOwner(loaded.spool.path);
    return loaded;
  };
  const readable = async () => {
    const loaded = (await import('../config/load.js')).loadAsFarAsRight(file());
    actAsOwner(loaded.config.spool.path);
    return loaded;
  };
  const reading = async () => {
    const { config, wrong } = await readable();
    for (const line of wrong) process.stderr.write(`respool: warning: ${harmless(line)}\n`);
    return config;
  };

  top
    .command('run')
    .description('run the daemon until SIGTERM or SIGINT')
    .option('--take-over', 'have the running respool hand over to this version, without a gap')
    .option('--no-start', 'with --take-over: where none runs, start none')
    .addOption(new Option('--inherit', 'the process that it hands over to').hideHelp())
    .addHelpText('after', () => fitted(TAKE_OVER_HELP))
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
    .option(
      '--domain <domain>',
      "respool's own name, such as respool.example.org; it needs no DNS entry; required",
    )
    .option('--host <host>', 'where ejabberd listens for components (default: 127.0.0.1)')
    .option('--port <port>', 'the port of that listener (default: 5347)', readCount)
    .option('--hosts <vhosts...>', 'the vhosts served (default: the domain without its first label)')
    .option(
      '--standby <domain>',
      'the name of another respool, on a second machine; see: respool help standby',
    )
    .option('--systemd [file]', `also write a hardened unit (default: ${UNIT_FILE})`)
    .option('--force', 'replace what is there')
    .option('--grafana [file]', 'instead: print a dashboard for Grafana, or write it to a file')
    .option(
      '--prometheus-rules [file]',
      'instead: print alerting rules for Prometheus, or write them to a file',
    )
    .addHelpText('after', () =>
      fitted(`
Writes the file that -c names (default: $RESPOOL_CONFIG, else ${DEFAULT_FILE}), and prints the steps that follow.

The dashboard and the rules are for what /metrics gives, and need no config. Grafana takes the dashboard under
Dashboards, New, Import; data source, job and instance are chosen in it. Prometheus takes the rules under rule_files:;
one of them expects the job to be named respool.

Examples:
  respool init --domain respool.example.org --systemd
  respool init --domain respool.example.org --hosts example.org,example.net -c ./respool.yml
  respool init --domain respool-a.example.org --standby respool-b.example.org --host 192.0.2.1
  respool init --grafana > respool-dashboard.json
  respool init --prometheus-rules /etc/prometheus/respool-rules.yml`),
    )
    .action(
      async (
        { domain, host, port, hosts, standby, systemd, force = false, ...monitoring },
        command: Command,
      ) => {
        const { grafana, prometheusRules } = monitoring;
        if (grafana !== undefined || prometheusRules !== undefined) {
          const { initMonitoring } = await import('./init/monitoring.js');
          const others = [domain, host, port, hosts, standby, systemd].some(one => one !== undefined);
          return initMonitoring({ grafana, prometheusRules, others, force }, out);
        }
        if (domain === undefined) command.error("error: required option '--domain <domain>' not specified");
        const vhosts = hosts?.flatMap((name: string) => name.split(',').filter(part => part !== ''));
        const unit = systemd === true ? UNIT_FILE : systemd;
        const { init } = await import('./init/init.js');
        const named = { file: file(), domain, host, port, hosts: vhosts, standby, unit, force };
        await init({ ...named, launcher: LAUNCHER }, out);
      },
    );
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
    .addHelpText('after', () =>
      fitted(`
Each line is ok, skipped (it was not looked at, and why), warning or error,
with what it means and what to do; the last line counts them. While a daemon
runs on the spool its own word is taken: a second connection would steal copies
from it. Where its values are not those of the file, the keys are named.

Examples:
  respool check                             as root, it also reads ejabberd.yml
  respool check --login tester@example.org  loses a message, and has it come back
  respool check --json | jq '.[] | select(.level != "ok")'`),
    )
    .action(async ({ wait, ejabberd, login: jid, passwordFile, loginAt: at, json = false }) => {
      const login = jid === undefined ? undefined : { ...(await readLogin(jid, passwordFile)), at };
      const which = ejabberd === true ? undefined : ejabberd;
      const { check } = await import('./check/check.js');
      done(await check({ file: file(), wait, ejabberd: which, login, json }, out));
    });
  const surroundings = { config, readable, reading, out, done };
  addQueueCommands(top.command('queue').description('what is pending'), surroundings);
  addTraceCommand(top, surroundings);
  addDeviceCommands(top, surroundings);
  addSpoolCommands(top, surroundings);
  addStatsCommands(top, surroundings);
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
