import type { Config } from '../config/config.js';
import { limitsOf } from '../daemon/settings.js';
import { SpoolClient } from '../spool/client.js';
import { SpoolReader } from '../spool/spool-reader.js';
import { ControlError, controlPath, DaemonLine } from './daemon-line.js';
import type { Reply, SingleName, Takes } from './requests.js';
import { type SpoolRequest, spoolHandlers } from './spool-handlers.js';

export type SpoolConfig = Pick<Config, 'spool' | 'devices' | 'rooms' | 'history'>;

/** Whoever has the spool, to be asked for some of what may be asked. */
export interface Reach<Names extends SingleName> {
  ask<Name extends Names>(name: Name, takes: Takes<Name>): Promise<Reply<Name>>;
}

/**
 * Works on the spool: through the daemon where one runs, else with the spool's own lock.
 * @throws SpoolError, ControlError
 */
export async function onSpool<Result>(
  config: SpoolConfig,
  work: (spool: Reach<SpoolRequest>) => Promise<Result>,
): Promise<Result> {
  const { path } = config.spool;
  const daemon = await DaemonLine.open(controlPath(path));
  if (daemon !== null) return work(daemon).finally(() => daemon.close());
  SpoolReader.open(path).close(); // there has to be a spool: none is made for this
  const client = await SpoolClient.open({ path, limits: limitsOf(config) });
  const handlers = spoolHandlers(client);
  const ask: Reach<SpoolRequest>['ask'] = (name, takes) => handlers[name](takes as never) as never;
  return work({ ask }).finally(() => client.close());
}

/**
 * Works with the running daemon.
 * @throws ControlError where none runs
 */
export async function onDaemon<Result>(
  spoolPath: string,
  work: (daemon: DaemonLine) => Promise<Result>,
): Promise<Result> {
  const daemon = await DaemonLine.open(controlPath(spoolPath));
  if (daemon === null) {
    throw new ControlError(
      `the daemon is not running on ${spoolPath}; start it: systemctl start respool (or respool run)`,
    );
  }
  return work(daemon).finally(() => daemon.close());
}
