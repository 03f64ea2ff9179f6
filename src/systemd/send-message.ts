import { spawn } from 'node:child_process';
import { describe } from '../xmpp/describe.js';

/** What systemd is told, by the names of sd_notify(3). */
export type Message = Readonly<Record<string, string>>;

/** The tool waits until systemd has heard it, 5 s at most. In ms. */
const TIMEOUT = 10_000;
const LONGEST_COMPLAINT = 300;

/**
 * Tells systemd something. Node has no datagram sockets of Unix, and the packages that bring them are compiled where
 * they are installed; so it is systemd's own tool that sends. It waits until systemd has read the message (since 246),
 * for systemd takes none from a process that has gone; the unit allows it by NotifyAccess=all.
 * @returns why it failed, or null
 */
export function sendMessage(
  message: Message,
  { PATH, NOTIFY_SOCKET }: NodeJS.ProcessEnv,
): Promise<string | null> {
  const words = Object.entries(message).map(([name, value]) => `${name}=${value}`);
  return new Promise<string | null>(resolve => {
    const child = spawn('systemd-notify', ['--', ...words], {
      env: { PATH, NOTIFY_SOCKET },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const late = setTimeout(() => child.kill('SIGKILL'), TIMEOUT);
    child.once('error', error => {
      clearTimeout(late);
      resolve(error.message);
    });
    let complaint = '';
    // there is none where the machine has no descriptor or process left
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, LONGEST_COMPLAINT);
    });
    child.once('close', code => {
      clearTimeout(late);
      if (code === 0) resolve(null);
      else
        resolve(`systemd-notify ${code === null ? 'was killed' : `ended with ${code}`}: ${complaint.trim()}`);
    });
  }).catch((error: unknown) => describe(error)); // spawn throws where there is no memory
}
