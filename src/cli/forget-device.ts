import { onSpool, type SpoolConfig } from '../control/reach.js';
import { whoIsThis } from '../control/who.js';
import { SpoolReader } from '../spool/spool-reader.js';
import { confirm } from './confirm.js';
import { printable } from './format.js';
import type { Output } from './output.js';

export interface ForgetDeviceQuestion {
  config: SpoolConfig;
  account: string;
  resource: string;
  yes: boolean;
}

/**
 * Forgets a device, with what is owed to it alone: through the daemon where one runs, else in the spool itself. Asks first
 * where it is owed something.
 * @returns the exit code: 1 where no such device is known, or the answer was no
 */
export async function forgetDevice(
  { config, account, resource, yes }: ForgetDeviceQuestion,
  out: Output,
): Promise<number> {
  const device = printable(`${account}/${resource}`);
  const owed = owedTo(config.spool.path, account, resource);
  const messages = owed === 1 ? 'a message' : `${owed} messages`;
  const question = `Forget ${device}? It is owed ${messages}, which it does not get then; other devices that lack them still do.`;
  if (owed > 0 && !(await confirm(question, yes))) {
    await out.line('nothing was forgotten');
    return 1;
  }
  const done = await onSpool(config, spool =>
    spool.ask('forget-device', { account, resource, by: whoIsThis() }),
  );
  await out.line(done ? `${device} is forgotten, and owed nothing` : `${device} is no known device`);
  return done ? 0 : 1;
}

/** How many messages this device lacks. */
function owedTo(spoolPath: string, account: string, resource: string): number {
  const reader = SpoolReader.open(spoolPath);
  try {
    for (const device of reader.devices(account)) if (device.resource === resource) return device.pending;
    return 0;
  } finally {
    reader.close();
  }
}
