import { accessSync, constants } from 'node:fs';
import { cause } from '../../config/cause.js';
import type { Config } from '../../config/config.js';
import { ALERTS } from '../../spool/alert-names.js';
import type { Stats } from '../../spool/stats.js';
import { duration } from '../format.js';
import { type Finding, findingsOn } from './finding.js';

const { ok, warning, error } = findingsOn('alerts');

/**
 * Who is told of alerts, and which are crossed now.
 * @param stats what the running daemon has written, null where none runs
 */
export function* checkAlerts(
  { alerts }: Pick<Config, 'alerts'>,
  stats: Stats | null,
  now: number,
): Generator<Finding> {
  const { thresholds, to, command, heartbeat } = alerts;
  const wanted = ALERTS.filter(alert => thresholds[alert] !== null);
  if (command !== null) yield* checkCommand(command[0] ?? '');
  const told = [...to, ...(command === null ? [] : [`the command ${command[0]}`])];
  if (told.length > 0 && wanted.length > 0)
    yield ok(`${told.join(', ')} will be told of ${wanted.join(', ')}`);
  if (heartbeat !== null) {
    const { host } = new URL(heartbeat.url); // the rest may be a secret
    yield ok(`${host} is called every ${duration(heartbeat.every)} while all is well (alerts.heartbeat)`);
  }
  for (const alert of ALERTS) {
    const since = stats?.alerts[alert] ?? null;
    if (since === null) continue;
    const remedy = 'respool stats and its log say more';
    yield warning(`alerts.${alert} has been crossed for ${duration(Math.max(0, now - since))}; ${remedy}`);
  }
}

function* checkCommand(path: string): Generator<Finding> {
  try {
    accessSync(path, constants.X_OK);
  } catch (failure) {
    yield error(`${path} cannot be run (${cause(failure)}); correct alerts.command, or chmod +x it`);
  }
}
