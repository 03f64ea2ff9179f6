import type { Command } from 'commander';
import { readAccount } from './account.js';
import { actAsOwner } from './as-owner.js';
import { fitted } from './fitted.js';
import type { CommandSurroundings } from './queue/commands.js';

const FORGET_HELP = `
What it wrote to others and they have not got yet stays theirs (respool queue drop --from ACCOUNT removes it).
An account that is online is known again from what it does next.`;

const SALVAGE_HELP = `
respool check says whether a spool is damaged. Stop the daemon first. Pages that cannot be read are left out, and
what was on them is counted as lost, where its number can still be read; what is read is checked before it is kept. A
backup that is not old (respool queue backup) is better where there is one. The disk of NEW needs free space for the
spool twice: for a copy of it, and for NEW.

Example:
  respool salvage /var/lib/respool/spool.db /var/lib/respool/saved.db

Exit codes: 0, something was saved; 1, nothing was.`;

/** Adds `respool forget` and `salvage`. */
export function addSpoolCommands(top: Command, { config, out, done }: CommandSurroundings): void {
  top
    .command('forget')
    .argument('<ACCOUNT>', 'user@example.org')
    .description('remove all that is kept about an account: messages, devices, rooms. Asks first')
    .option('--yes', 'do not ask')
    .addHelpText('after', () => fitted(FORGET_HELP))
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
    .addHelpText('after', () => fitted(SALVAGE_HELP))
    .action(async (damaged: string, file: string, { json = false }) => {
      actAsOwner(damaged);
      const { salvageSpool } = await import('./salvage.js');
      done(await salvageSpool({ damaged, file, json }, out));
    });
}
