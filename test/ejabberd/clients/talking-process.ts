import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onExit } from '../exit.js';
import { type ForeignClient, Heard } from './heard.js';

/** What a client's process prints, as a line of JSON each. */
type Line = { event: 'ready' } | { event: 'message'; body: string; stamp?: string | null };

/** Starts a client's process, which prints such lines, and waits until it is ready. */
export async function talkingProcess(command: string, args: readonly string[]): Promise<ForeignClient> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const forget = onExit(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const heard = new Heard(() => stderr);
  const ready = new Promise<void>(resolve => {
    createInterface(child.stdout).on('line', text => {
      const line = JSON.parse(text) as Line;
      if (line.event === 'ready') resolve();
      else heard.add(line.body, line.stamp ?? null);
    });
  });
  const tooSoon = ended.then(([code]) => {
    throw new Error(`${command} ended with ${code}:\n${stderr}`);
  });
  tooSoon.catch(() => undefined); // of interest only until it is ready
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
    forget();
  };
  try {
    await heard.loggedIn(Promise.race([ready, tooSoon]));
  } catch (error) {
    await kill();
    throw error;
  }
  const dayOf = async (body: string) => heard.stampOf(body)?.slice(0, 10) ?? null;
  return { heard, dayOf, kill };
}
