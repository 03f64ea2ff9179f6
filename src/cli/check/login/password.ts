import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { cause } from '../../../config/cause.js';
import { UsageError } from '../../usage.js';

/**
 * Reads a password from a file, or from the terminal without showing it.
 * @throws UsageError where there is neither
 */
export async function readPassword(account: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return fromFile(file);
  if (!process.stdin.isTTY)
    throw new UsageError(
      'there is no terminal to ask for the password; name a file with --password-file FILE',
    );
  process.stderr.write(`Password of ${account}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await new Promise((resolve, reject) => {
      terminal.question('', resolve);
      terminal.once('SIGINT', () => reject(new UsageError('no password was given')));
      terminal.once('close', () => reject(new UsageError('no password was given')));
    });
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

function fromFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${cause(error)}); it has to hold the password`);
  }
  if (text === '') throw new UsageError(`${file} is empty; it has to hold the password`);
  return text;
}
