import type { Config } from '../config/config.js';
import { type Loaded, loadConfig } from '../config/load.js';
import { type Daemon, newVitals, StartEndedError, startDaemon } from '../daemon/daemon.js';
import { placeOf } from '../daemon/settings.js';
import type { SettableLog } from '../monitor/log.js';
import { pageSettingsOf } from '../page/settings.js';
import { systemClock } from '../replay/clock.js';
import { openForReading, SpoolError } from '../spool/open.js';
import { isAdopted, mainProcess } from '../systemd/main-process.js';
import { Notifier } from '../systemd/notifier.js';
import { Watchdog, watchdogInterval } from '../systemd/watchdog.js';
import { takeOver } from '../take-over/ask.js';
import { type Inheritance, inherit } from '../take-over/heir.js';
import { keep } from '../take-over/keeper.js';
import { isAlive, nextServing, signal } from '../take-over/serving.js';
import { Successor } from '../take-over/successor.js';
import { VERSION } from '../version.js';
import { whyNotRun } from './as-owner.js';
import { reload } from './reload.js';
import { endSoon, Hangups, stopSignal } from './signals.js';

/** Where the spool is root's own there is no service to be locked out, but still no need for root's rights. */
const AS_ROOT =
  "respool runs as root, and needs none of root's rights: give the folder of the spool to a user of its own, and run it " +
  'as that user (README, "Attach it")';

export interface RunOptions {
  file: string;
  log: SettableLog;
  /** `take-over`: a running one hands over to this version; `inherit`: this is the process that it hands over to. */
  how: 'start' | 'take-over' | 'inherit';
  /** Where there is none to take over from, none is started. */
  noStart?: boolean;
  /** The program of this version, for Node. */
  entry: string;
}

/**
 * Runs the daemon until a signal or a failure that trying again cannot mend.
 * @returns the exit code
 */
export async function run({ file, log, how, noStart = false, entry }: RunOptions): Promise<number> {
  const loaded = loadConfig(file);
  const { config } = loaded;
  if (how !== 'take-over') log.set(config.log); // that command speaks to whoever has called it
  for (const warning of loaded.warnings) log.warn(warning);
  const spoolPath = config.spool.path;
  const whyNot = whyNotRun(spoolPath);
  if (whyNot !== null) {
    log.error(whyNot);
    return 2;
  }
  if (process.geteuid?.() === 0) log.warn(AS_ROOT);
  if (how === 'take-over') {
    if (await takeOver(spoolPath, entry, log)) return 0;
    log.info(
      `no respool runs on ${spoolPath}, so there is nothing to take over${noStart ? '' : ': starting'}`,
    );
    if (noStart) return 0;
    log.set(config.log);
  }
  log.info(`respool ${VERSION} starts, as process ${process.pid}`, { version: VERSION, pid: process.pid });
  const stop = stopSignal();
  const hangups = new Hangups();
  if (how === 'inherit') openForReading(spoolPath).close(); // one that is of no use is found while the other one runs
  const inherited = how === 'inherit' ? await inherit(placeOf(config)) : undefined;
  if (inherited === null) return 1; // the one before says why
  const ended = await serve({ file, loaded, log, stop, hangups, inherited });
  if (typeof ended === 'number') return ended;
  const { pid } = ended;
  // systemd may have taken this one for the main process since it has taken over itself
  if (how !== 'inherit' || (await mainProcess()) === process.pid) {
    return keep({ spoolPath, pid, stop, hangups, mainProcess });
  }
  hangups.giveTo(() => signal(pid, 'SIGHUP'));
  // the keeper before this one watches it until the next one serves
  const next = await nextServing(
    spoolPath,
    one => one.pid === pid,
    () => isAlive(pid),
  );
  next?.line.close();
  return next === null ? 1 : 0;
}

interface Service {
  file: string;
  loaded: Loaded;
  log: SettableLog;
  stop: Promise<NodeJS.Signals>;
  hangups: Hangups;
  inherited: Inheritance | undefined;
}

/** Returns an exit code, or who goes on. */
async function serve({ file, loaded, log, stop, hangups, inherited }: Service): Promise<number | Successor> {
  const { config } = loaded;
  let inForce = loaded.values;
  let limits = config.spool;
  let daemon: Daemon | undefined;
  const vitals = newVitals();
  const notifier = new Notifier({ env: process.env, log });
  const endWatchdog = watched(notifier, () => daemon ?? null, inherited !== undefined);
  let waitsFor = 'respool is starting';
  const cutShort = new AbortController();
  void stop.then(() => cutShort.abort());
  let endHttp: (() => Promise<void>) | undefined;
  let handedOver = false;
  // it takes 0.1 to 0.2 s, which a daemon without http need not take; before the daemon, whose work it would hold up
  const monitor = config.http === null ? null : await import('../monitor/http.js');
  try {
    if (config.http !== null && monitor !== null) {
      const trouble = () => (daemon === undefined ? waitsFor : daemon.trouble());
      const live = () => vitals.live;
      const settings = () => pageSettingsOf(config, limits);
      const spoolPath = config.spool.path;
      endHttp = monitor.keepServing({ ...config.http, spoolPath, trouble, live, settings }, log);
    }
    daemon = await startDaemon(config, log, {
      ...(inherited === undefined ? {} : { inherited }),
      vitals,
      inForce: () => inForce,
      status: line => notifier.status(line),
      signal: cutShort.signal,
      waitsFor: reason => {
        waitsFor = reason;
        notifier.status(`waiting for the spool: ${reason}`);
      },
    });
    log.info(`serving ${[...config.hosts].join(', ')} with the spool ${config.spool.path}`);
    const reconfigure = (changed: Config) => {
      limits = changed.spool;
      daemon?.reconfigure(changed);
      log.set(changed.log);
    };
    hangups.giveTo(() => {
      notifier.reloading();
      inForce = reload(file, inForce, reconfigure, log);
      notifier.ready();
    });
    notifier.ready();
    if (inherited !== undefined && isAdopted() && (await mainProcess()) !== null) notifier.main(process.pid);
    const ended = await Promise.race([stop, daemon.failed, daemon.handedOver]);
    if (ended instanceof Successor) {
      log.info(`process ${ended.pid} takes over`);
      handedOver = true;
      return ended;
    }
    if (ended instanceof Error) log.error(ended.message);
    else log.info(`${ended}: ending`);
    return ended instanceof Error ? 1 : 0;
  } catch (error) {
    if (error instanceof StartEndedError) {
      log.info(`${await stop}: ending`);
      return 0;
    }
    if (!(error instanceof SpoolError)) throw error;
    log.error(error.message);
    return 1;
  } finally {
    hangups.giveTo(null);
    if (!handedOver) notifier.stopping();
    const { patience, callOff } = endSoon(log, handedOver);
    await endHttp?.();
    await daemon?.stop(patience);
    endWatchdog();
    if (handedOver) callOff();
  }
}

/** Feeds systemd's watchdog, where there is one. Returns what ends it. */
function watched(notifier: Notifier, daemon: () => Daemon | null, inherits: boolean): () => void {
  const every = watchdogInterval(process.env, process.pid, inherits);
  if (every === null) return () => undefined;
  const watchdog = new Watchdog({
    every,
    clock: systemClock,
    work: { answers: () => daemon()?.answers() ?? null, isFailing: () => daemon()?.isFailing ?? false },
    feed: () => notifier.alive(),
  });
  return () => watchdog.stop();
}
