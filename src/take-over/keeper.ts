import { setTimeout as sleep } from 'node:timers/promises';
import { untilFree } from '../spool/lock.js';
import { isAlive, nextServing, signal } from './serving.js';

/** Between the end of one respool on the spool and the beginning of the next, in ms. */
const BETWEEN = 10_000;
/** An ending may take so long, in ms. */
const LONGEST_END = 6_000;
/** Waits before looks whether systemd has been told of the other one, in ms: it is as soon as that one serves. */
const LOOKS_AT_MAIN = [100, 400, 1_500, 4_000, 14_000];

export interface KeeperOptions {
  spoolPath: string;
  /** Who is taking over. */
  pid: number;
  /** Resolves when this process is told to end. */
  stop: Promise<NodeJS.Signals>;
  /** Each SIGHUP, and whether one has come before. */
  hangups: { readonly came: boolean; giveTo(take: () => void): void };
  between?: number;
  /** Whom systemd takes for the main process; null: it is not known. */
  mainProcess(): Promise<number | null>;
  /** Between looks at that, in ms, for as many times. */
  looks?: readonly number[];
}

/**
 * What the first respool does when another process has taken over: it stays as the one that the supervisor (systemd, a
 * container, a shell) has started, passes signals on to whoever serves the spool, and ends when nobody does any more.
 * A signal that comes while one leaves and the next one begins waits for the next one.
 * Where systemd itself has taken the other one for the main process, there is nothing left to do.
 * @returns the exit code
 */
export async function keep({
  spoolPath,
  pid,
  stop,
  hangups,
  between = BETWEEN,
  mainProcess,
  looks = LOOKS_AT_MAIN,
}: KeeperOptions): Promise<number> {
  const ward = new Ward(pid);
  let stopped = false;
  hangups.giveTo(() => ward.hangUp());
  if (hangups.came) ward.hangUp();
  void stop.then(name => {
    stopped = true;
    ward.stop(name);
  });
  for (let gone = performance.now(); ; gone = performance.now()) {
    const worthIt = () => isAlive(ward.pid) || (!stopped && performance.now() - gone < between);
    const serving = await nextServing(spoolPath, () => true, worthIt);
    if (serving === null) break;
    ward.serves(serving.pid);
    const ended = serving.line.ended().then(() => false);
    const relieved = isMain(serving.pid, mainProcess, looks, ended);
    const isRelieved = await Promise.race([ended, relieved]);
    serving.line.close();
    if (isRelieved) return 0;
  }
  return stopped && (await untilFree(spoolPath, LONGEST_END)) ? 0 : 1;
}

/** Resolves when systemd takes a process for the main one; never, where it has not within some time. */
async function isMain(
  pid: number,
  mainProcess: KeeperOptions['mainProcess'],
  looks: readonly number[],
  ended: Promise<unknown>,
): Promise<true> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (const wait of looks) {
    await sleep(wait, undefined, { ref: false }); // the line to the daemon keeps this process
    if (isOver) break;
    if ((await mainProcess()) === pid) return true;
  }
  return new Promise(() => undefined);
}

/** Who is to get the signals: the process that serves the spool, then the next one. */
class Ward {
  pid: number;
  /**
   * True once a SIGHUP has come. Each next process gets one too: the process before may have missed it, and the next may
   * have read its config earlier.
   */
  #isHungUp = false;
  #stop: NodeJS.Signals | null = null;
  readonly #told = new Set<number>();

  constructor(pid: number) {
    this.pid = pid;
  }

  /** This one serves the spool now. */
  serves(pid: number): void {
    this.pid = pid;
    if (this.#isHungUp) signal(pid, 'SIGHUP');
    if (this.#stop !== null) this.stop(this.#stop);
  }

  hangUp(): void {
    this.#isHungUp = true;
    signal(this.pid, 'SIGHUP');
  }

  stop(name: NodeJS.Signals): void {
    this.#stop = name;
    if (this.#told.has(this.pid)) return;
    this.#told.add(this.pid);
    // systemd and terminals signal all processes at once, and a second signal of one kind would end it in the middle
    signal(this.pid, name === 'SIGTERM' ? 'SIGINT' : 'SIGTERM');
  }
}
