import { setTimeout as sleep } from 'node:timers/promises';
import { lockSpool, SpoolLockedError } from '../spool/lock.js';
import { isAlive, nextServing } from './serving.js';

/** Between the end of one respool on the spool and the beginning of the next, in ms. */
const BETWEEN = 10_000;
/** An ending may take so long, in ms. */
const LONGEST_END = 6_000;
/** Between looks whether the spool is free, in ms. */
const LOOK = 50;

export interface KeeperOptions {
  spoolPath: string;
  /** Who has taken over. */
  pid: number;
  /** Resolves when this process is told to end. */
  stop: Promise<NodeJS.Signals>;
  /** Has each SIGHUP call this. */
  onHangup(reload: () => void): void;
  between?: number;
}

/**
 * What the first respool does when another process has taken over: it stays as the one that the supervisor (systemd, a
 * container, a shell) has started, passes signals on to whoever has the spool, and ends when nobody has it any more.
 * @returns the exit code
 */
export async function keep(options: KeeperOptions): Promise<number> {
  const { spoolPath, stop, onHangup, between = BETWEEN } = options;
  let { pid } = options;
  let stopped = false;
  onHangup(() => signal(pid, 'SIGHUP'));
  const told = stop.then(name => {
    stopped = true;
    // systemd and terminals signal all processes at once, and a second signal of one kind would end it in the middle
    signal(pid, name === 'SIGTERM' ? 'SIGINT' : 'SIGTERM');
  });
  for (let gone = performance.now(); !stopped; gone = performance.now()) {
    const worthIt = () => !stopped && (isAlive(pid) || performance.now() - gone < between);
    const serving = await nextServing(spoolPath, () => true, worthIt);
    if (serving === null) break;
    pid = serving.pid;
    await Promise.race([told, serving.line.ended()]);
    serving.line.close();
  }
  return stopped && (await isFree(spoolPath)) ? 0 : 1;
}

function signal(pid: number, name: NodeJS.Signals): void {
  if (isAlive(pid)) process.kill(pid, name);
}

/** Waits until nobody has the spool. */
async function isFree(spoolPath: string): Promise<boolean> {
  for (const end = performance.now() + LONGEST_END; performance.now() < end; await sleep(LOOK)) {
    try {
      lockSpool(spoolPath)();
      return true;
    } catch (error) {
      if (!(error instanceof SpoolLockedError)) throw error;
    }
  }
  return false;
}
