import { createInterface } from 'node:readline/promises';
import { UsageError } from './usage.js';

/**
 * Asks before what cannot be undone; `yes`: it has been said on the command line.
 * @throws UsageError where there is nobody to ask
 */
export async function confirm(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) throw new UsageError(`${question} Nobody is there to answer: add --yes`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const end = new Promise<string>(resolve => asking.once('close', () => resolve('')));
    const answer = await Promise.race([asking.question(`${question} [y/N] `), end]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}
