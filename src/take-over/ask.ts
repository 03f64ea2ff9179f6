import { ControlError, controlPath, DaemonLine } from '../control/daemon-line.js';
import { within } from '../control/within.js';
import type { Log } from '../monitor/log.js';
import { describe } from '../xmpp/describe.js';
import { isAlive, nextServing, type Serving } from './serving.js';

/** The waits, in ms; the defaults are right outside of tests. */
export interface Patience {
  /** For the running one to tell what it is. */
  about: number;
  /** For it to start the new one and let go of the stream. */
  leave: number;
  /** For the new one to open the spool, and to bring it up to date. */
  begin: number;
}

const PATIENCE: Patience = { about: 5_000, leave: 30_000, begin: 120_000 };

/**
 * Makes the respool that runs on a spool give its work to a new process of this version.
 * @param entry the program of this version, for Node
 * @returns false where none runs
 * @throws ControlError with what went wrong, and who runs now
 */
export async function takeOver(
  spoolPath: string,
  entry: string,
  log: Log,
  patience: Patience = PATIENCE,
): Promise<boolean> {
  const daemon = await DaemonLine.open(controlPath(spoolPath));
  if (daemon === null) return false;
  try {
    const before = await within(
      patience.about,
      daemon.ask('about', {}),
      late('the running respool does not answer', patience.about),
    ).catch(error => {
      throw new ControlError(`${describe(error)}. The running respool cannot hand over: restart it instead`);
    });
    const { pid } = await within(
      patience.leave,
      // not bin/respool: a running one of 0.1 has its own Node run it as JavaScript
      daemon.ask('take-over', { node: process.execPath, launcher: entry }),
      late(
        `the running respool (process ${before.pid}) has not handed over; it still runs: restart it instead`,
        patience.leave,
      ),
    );
    log.info(`respool ${before.version} (process ${before.pid}) leaves; process ${pid} goes on`);
    const after = await begun(spoolPath, pid, patience.begin);
    after.line.close();
    log.info(
      `respool ${after.version} (process ${pid}) has taken over, with the supervisor, environment and log of the old one`,
    );
    return true;
  } finally {
    daemon.close();
  }
}

/** Waits until a process serves the spool's socket. */
async function begun(spoolPath: string, pid: number, patience: number): Promise<Serving> {
  const end = performance.now() + patience;
  const isWorthWaiting = () => isAlive(pid) && performance.now() < end;
  const serving = await nextServing(spoolPath, one => one.pid === pid, isWorthWaiting);
  if (serving !== null) return serving;
  throw new ControlError(
    isAlive(pid)
      ? `process ${pid} has the stream, but has not opened the spool yet; its log says what it does`
      : `process ${pid} has ended, and the one before it had left: no respool runs now. Its log says why`,
  );
}

function late(what: string, waited: number): () => ControlError {
  return () => new ControlError(`${what} (waited ${waited / 1000} s)`);
}
