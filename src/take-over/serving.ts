import { setTimeout as sleep } from 'node:timers/promises';
import { ControlError, controlPath, DaemonLine } from '../control/daemon-line.js';

/** Between looks, in ms: nothing tells when another process begins to listen. */
const LOOK = 50;

/** A daemon that serves a spool. */
export interface Serving {
  pid: number;
  version: string;
  line: DaemonLine;
}

/**
 * Waits for a daemon to serve the spool.
 * @param wanted whether this is the one
 * @param isWorthWaiting asked again and again
 * @returns null where it is not waited for any more
 */
export async function nextServing(
  spoolPath: string,
  wanted: (serving: { pid: number }) => boolean,
  isWorthWaiting: () => boolean,
): Promise<Serving | null> {
  for (;;) {
    const last = !isWorthWaiting(); // before the look, for it may begin to serve and end in between
    const line = await DaemonLine.open(controlPath(spoolPath));
    try {
      const about = await line?.ask('about', {});
      if (line !== null && about !== undefined && wanted(about)) return { ...about, line };
    } catch (error) {
      if (!(error instanceof ControlError)) throw error; // the one before has just ended
    }
    line?.close();
    if (last) return null;
    await sleep(LOOK);
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // there is no such process
  }
}

/** Signals a process, unless it has ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  if (isAlive(pid)) process.kill(pid, name);
}
