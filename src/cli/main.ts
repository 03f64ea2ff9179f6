import { CommanderError } from 'commander';
import { ConfigError } from '../config/problem.js';
import { harmless } from '../monitor/harmless.js';
import { describe } from '../xmpp/describe.js';
import { Output, OutputClosed } from './output.js';
import { program } from './program.js';
import { UsageError } from './usage.js';

/**
 * Runs a command line.
 * @param argv as the process got it
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or config
 */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  try {
    const top = program(new Output(process.stdout), result => {
      code = result;
    });
    await top.parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said why itself
    if (process.env.DEBUG) (await import('debug')).default('respool:cli')('%O', error);
    const message = describe(error);
    for (const line of message.split('\n')) process.stderr.write(`respool: ${harmless(line)}\n`); // it may quote a file or a socket of others
    return error instanceof ConfigError || error instanceof UsageError ? 2 : 1;
  }
}
