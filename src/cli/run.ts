import { loadConfig } from '../config/load.js';
import { type Daemon, startDaemon } from '../daemon.js';
import { HttpError, type HttpServer, serveHttp } from '../monitor/http.js';
import type { Log } from '../monitor/log.js';
import { SpoolError } from '../spool/open.js';
import { reload } from './reload.js';
import { endSoon, onHangup, stopSignal } from './signals.js';

/**
 * Runs the daemon until a signal or a failure that trying again cannot mend.
 * @returns the exit code
 */
export async function run(file: string, log: Log): Promise<number> {
  const { config, warnings, values } = loadConfig(file);
  for (const warning of warnings) log.warn(warning);
  const stop = stopSignal();
  let inForce = values;
  onHangup(() => {
    if (daemon === undefined) log.warn('SIGHUP: not before respool has started');
    else inForce = reload(file, inForce, daemon.reconfigure.bind(daemon), log);
  });
  let daemon: Daemon | undefined;
  let http: HttpServer | undefined;
  try {
    daemon = await startDaemon(config, log);
    log.info(`serving ${[...config.hosts].join(', ')} with the spool ${config.spool.path}`);
    if (config.http !== null) {
      const trouble = daemon.trouble.bind(daemon);
      http = await serveHttp({ ...config.http, spoolPath: config.spool.path, trouble });
      log.info(`/healthz and /metrics at ${http.url}`);
    }
    const ended = await Promise.race([stop, daemon.failed]);
    if (ended instanceof Error) log.error(ended.message);
    else log.info(`${ended}: ending`);
    return ended instanceof Error ? 1 : 0;
  } catch (error) {
    if (!(error instanceof SpoolError || error instanceof HttpError)) throw error;
    log.error(error.message);
    return 1;
  } finally {
    endSoon(log);
    await http?.close();
    await daemon?.stop();
  }
}
