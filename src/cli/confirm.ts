import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { ReadStream } from 'node:tty';
import { UsageError } from './usage.js';

/**
 * Asks before what cannot be undone; `yes`: it has been said on the command line.
 * @param stdinIsData it is read for something else: whoever sits at the terminal is asked there
 * @throws UsageError where there is nobody to ask
 */
export async function confirm(question: string, yes: boolean, stdinIsData = false): Promise<boolean> {
  if (yes) return true;
  const input = stdinIsData ? ofTerminal() : process.stdin.isTTY ? process.stdin : null;
  if (input === null) throw new UsageError(`${question} There is no terminal to ask at: add --yes`);
  const asking = createInterface({ input, output: process.stderr });
  try {
    const end = new Promise<string>(resolve => asking.once('close', () => resolve('')));
    const answer = await Promise.race([asking.question(`${question} [y/N] `), end]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
    if (input !== process.stdin) input.destroy();
  }
}

/** The terminal of this command, whatever stdin is; null where there is none. */
function ofTerminal(): ReadStream | null {
  let fd: number;
  try {
    fd = openSync('/dev/tty', 'r');
  } catch {
    return null;
  }
  try {
    return new ReadStream(fd);
  } catch {
    closeSync(fd);
    return null;
  }
}
