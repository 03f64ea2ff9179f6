import { spawn } from 'node:child_process';
import { describe } from '../xmpp/describe.js';

/** What a program of the operator's needs of our environment; the secret, which may be there too, it does not. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];
const LONGEST_COMPLAINT = 500;
/** How long after its end what it said last is waited for, in ms: a grandchild may keep stderr open for ever. */
const LAST_WORDS = 200;

/**
 * Runs a program without a shell, with the facts in its environment and the words on its stdin.
 * @returns why it failed, or null
 */
export function runCommand(
  [path = '', ...args]: readonly string[],
  facts: Record<string, string>,
  words: string,
  options: { timeout: number; signal: AbortSignal },
): Promise<string | null> {
  const inherited = INHERITED.flatMap(name => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const env = { ...Object.fromEntries(inherited), ...facts };
  return new Promise<string | null>(resolve => {
    const { timeout, signal } = options;
    const child = spawn(path, args, {
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    // not the timeout of spawn, which goes on where there is no such program and would keep respool from ending
    const late = setTimeout(() => child.kill('SIGKILL'), timeout);
    let complaint = '';
    child.once('error', error => {
      clearTimeout(late);
      resolve(error.message);
    });
    // there is none where the machine has no descriptor or process left
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, LONGEST_COMPLAINT);
    });
    child.once('exit', (code, killed) => {
      clearTimeout(late);
      const giveUp = setTimeout(() => child.stderr?.destroy(), LAST_WORDS);
      child.once('close', () => {
        clearTimeout(giveUp);
        if (code === 0) resolve(null);
        else resolve(`${ending(code, killed, timeout)}${complaint === '' ? '' : `: ${complaint.trim()}`}`);
      });
    });
    child.stdin?.on('error', () => undefined); // it may not care for the words
    child.stdin?.end(`${words}\n`);
  }).catch((error: unknown) => describe(error)); // spawn throws where there is no memory
}

function ending(code: number | null, killed: NodeJS.Signals | null, timeout: number): string {
  if (code !== null) return `it ended with ${code}`;
  return killed === 'SIGKILL' ? `it was killed after ${timeout / 1000} s` : `it was ended by ${killed}`;
}
