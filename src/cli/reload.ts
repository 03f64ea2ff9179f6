import { changesBetween } from '../config/changes.js';
import type { Config } from '../config/config.js';
import { type Loaded, loadConfig } from '../config/load.js';
import type { Log } from '../monitor/log.js';
import { describe } from '../xmpp/describe.js';

/**
 * Reads the config again. What can change while respool runs is applied; a file with errors changes nothing.
 * @param running the config in force, by key
 * @returns the config in force now
 */
export function reload(
  file: string,
  running: Loaded['values'],
  apply: (config: Config) => void,
  log: Log,
): Loaded['values'] {
  let loaded: Loaded;
  try {
    loaded = loadConfig(file);
  } catch (error) {
    const message = describe(error); // whatever it is, the daemon goes on
    for (const line of message.split('\n')) log.error(line);
    log.error('SIGHUP: the config has errors; respool goes on with the one it had');
    return running;
  }
  const { config, warnings, values } = loaded;
  for (const warning of warnings) log.warn(warning);
  const { live, restart } = changesBetween(running, values);
  if (live.length > 0) apply(config);
  if (live.length > 0) log.info(`SIGHUP: now in force: ${live.join(', ')}`);
  if (restart.length > 0) log.warn(`SIGHUP: not in force before a restart: ${restart.join(', ')}`);
  if (live.length + restart.length === 0) log.info(`SIGHUP: ${file} says what it said before`);
  return new Map([...running, ...live.map(key => [key, values.get(key)] as const)]);
}
