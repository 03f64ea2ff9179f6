import type { Command } from 'commander';
import { readAccount, readResource } from './account.js';
import { actAsOwner } from './as-owner.js';
import type { CommandSurroundings } from './queue/commands.js';
import { UsageError } from './usage.js';
import { waitOption } from './wait.js';

const SALVAGE_HELP = `
respool check says whether a spool is damaged. Stop the daemon first. Pages that cannot be read are left out, and
what was on them is counted as lost, where its number can still be read; what is read is checked before it is kept. A
backup that is not old (respool queue backup) is better where there is one. The disk of NEW needs free space for the
spool twice: for a copy of it, and for NEW.

Example:
  respool salvage /var/lib/respool/spool.db /var/lib/respool/saved.db

Exit codes: 0, something was saved; 1, nothing was.`;

const DEVICES_HELP = `
STATE and SEEN say what the running daemon believes, and how old that is. With --ask the daemon pings the sessions,
and STATE says what came of it: answered, no answer, gone (the server knows no such session), not asked.
A terminal that is too narrow for all columns shows the most important ones.`;

/** Adds `respool devices`, `forget` and `salvage`. */
export function addDeviceCommands(top: Command, { config, out, done }: CommandSurroundings): void {
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
}
