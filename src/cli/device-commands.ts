import type { Command } from 'commander';
import { readAccount, readResource } from './account.js';
import { fitted } from './fitted.js';
import type { CommandSurroundings } from './queue/commands.js';
import { UsageError } from './usage.js';
import { waitOption } from './wait.js';

const DEVICES_HELP = `
STATE and SEEN say what the running daemon believes, and how old that is. With --ask the daemon pings the sessions,
and STATE says what came of it: answered, no answer, gone (the server knows no such session), not asked.
A terminal that is too narrow for all columns shows the most important ones.`;

/** Adds `respool devices`. */
export function addDeviceCommands(top: Command, { config, reading, out, done }: CommandSurroundings): void {
  const known = top.command('devices').description('the known devices');
  known
    .command('list', { isDefault: true })
    .argument('[ACCOUNT]', 'only this account (user@example.org)')
    .description('list the known devices, what each can do, and how much it still lacks')
    .option('--ask', 'ask those with a session by a ping, and wait for the answers; it may wake a phone')
    .addOption(waitOption())
    .option('--json', 'print a JSON array')
    .addHelpText('after', () => fitted(DEVICES_HELP))
    .action(async (account: string | undefined, { ask = false, wait, json = false }) => {
      if (ask && account === undefined)
        throw new UsageError('--ask goes with an ACCOUNT: each ping may wake a phone');
      const { devices } = await import('./devices.js');
      const question = {
        account: readAccount(account),
        config: await reading(),
        ask: ask ? wait : null,
        json,
      };
      await devices(question, out);
    });
  known
    .command('forget')
    .argument('<ACCOUNT>', 'user@example.org')
    .argument('<RESOURCE>', 'as the list shows it')
    .description(
      'forget a device, and what is owed to it alone; it is known again when it comes back. Asks first where it is owed something',
    )
    .option('--yes', 'do not ask')
    .action(async (account: string, resource: string, { yes = false }) => {
      const { forgetDevice } = await import('./forget-device.js');
      const device = { account: readAccount(account) ?? account, resource: readResource(resource) };
      done(await forgetDevice({ config: await config(), ...device, yes }, out));
    });
}
