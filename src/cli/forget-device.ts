import type { Config } from '../config/config.js';
import { askDaemon, controlPath } from '../control/control.js';
import { SpoolClient } from '../spool/client.js';
import { SpoolError } from '../spool/open.js';
import { SpoolReader } from '../spool/queries.js';
import { printable } from './format.js';
import type { Output } from './output.js';

type Wanted = Pick<Config, 'spool' | 'devices' | 'rooms'>;

/**
 * Has a device forgotten, with what is owed to it alone: by the daemon where one runs, else in the spool itself.
 * @returns the exit code: 1 where no such device is known
 */
export async function forgetDevice(
  config: Wanted,
  account: string,
  resource: string,
  out: Output,
): Promise<number> {
  SpoolReader.open(config.spool.path).close(); // there has to be a spool: none is made for this
  const reply = await askDaemon(controlPath(config.spool.path), { ask: 'forget-device', account, resource });
  if (reply !== null && 'error' in reply) throw new SpoolError(reply.error);
  const done =
    reply === null ? await withoutDaemon(config, account, resource) : 'done' in reply && reply.done;
  const device = printable(`${account}/${resource}`);
  await out.line(done ? `${device} is forgotten, and owed nothing` : `${device} is no known device`);
  return done ? 0 : 1;
}

async function withoutDaemon(
  { spool, devices, rooms }: Wanted,
  account: string,
  resource: string,
): Promise<boolean> {
  const { path, maxPerAccount, maxSize } = spool;
  const client = await SpoolClient.open({ path, limits: { maxPerAccount, maxSize, devices, rooms } });
  try {
    const done = await client.ask({ ask: 'forget', account, resource });
    if (done === undefined)
      throw new SpoolError(`${path} cannot be written: ${client.failure ?? 'it was closed'}`);
    return done;
  } finally {
    await client.close();
  }
}
