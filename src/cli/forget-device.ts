import { onSpool, type SpoolConfig } from '../control/reach.js';
import { whoIsThis } from '../control/who.js';
import { printable } from './format.js';
import type { Output } from './output.js';

/**
 * Forgets a device, and what is owed to it alone: by the daemon where one runs, else in the spool itself.
 * @returns the exit code: 1 where no such device is known
 */
export async function forgetDevice(
  config: SpoolConfig,
  account: string,
  resource: string,
  out: Output,
): Promise<number> {
  const done = await onSpool(config, spool =>
    spool.ask('forget-device', { account, resource, by: whoIsThis() }),
  );
  const device = printable(`${account}/${resource}`);
  await out.line(done ? `${device} is forgotten, and owed nothing` : `${device} is no known device`);
  return done ? 0 : 1;
}
