import { type DeviceRow, SpoolReader } from '../spool/queries.js';
import { moment, printable, utc } from './format.js';
import { type Listing, list } from './listing.js';
import type { Output } from './output.js';

export interface DevicesQuestion {
  spoolPath: string;
  account: string | undefined;
  json: boolean;
}

/** Prints the known devices, by account. */
export async function devices({ spoolPath, account, json }: DevicesQuestion, out: Output): Promise<void> {
  const reader = SpoolReader.open(spoolPath);
  try {
    const none = account === undefined ? 'no device is known yet' : `no device of ${account} is known`;
    const total = (count: number) => (count === 0 ? none : count === 1 ? '1 device' : `${count} devices`);
    await list(reader.devices(account), { ...LISTING, total }, json, out);
  } finally {
    reader.close();
  }
}

const LISTING: Omit<Listing<DeviceRow>, 'total'> = {
  columns: [
    { title: 'ACCOUNT' },
    { title: 'DEVICE' },
    { title: 'ONLINE' },
    { title: 'ANSWERS PINGS' },
    { title: 'FIRST SEEN' },
    { title: 'LAST SEEN' },
    { title: 'CARBONS' },
    { title: 'ARCHIVE' },
    { title: 'ANSWERS IN', align: 'right' },
    { title: 'PROOFS', align: 'right' },
    { title: 'PENDING', align: 'right' },
  ],
  cells: device => [
    printable(device.account),
    printable(device.resource),
    device.online ? 'yes' : 'no',
    device.answers ? 'yes' : 'no: a copy counts as receipt',
    moment(device.firstSeen),
    moment(device.lastSeen),
    device.carbons ? 'yes' : 'no',
    device.mam ? 'yes' : 'no',
    device.proofMs === null ? '' : `${device.proofMs} ms`,
    String(device.proofs),
    String(device.pending),
  ],
  json: device => ({
    account: device.account,
    device: device.resource,
    online: device.online,
    priority: device.priority,
    answers_pings: device.answers,
    first_seen: utc(device.firstSeen),
    last_seen: utc(device.lastSeen),
    carbons: device.carbons,
    mam: device.mam,
    proofs: device.proofs,
    proof_ms: device.proofMs,
    pending: device.pending,
  }),
};
