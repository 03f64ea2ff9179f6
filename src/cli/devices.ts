import type { ReadingConfig } from '../config/load.js';
import { ControlError, controlPath, DaemonLine } from '../control/daemon-line.js';
import type { AccountSession } from '../control/requests.js';
import { type DeviceRow, SpoolReader } from '../spool/queries.js';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { matcherOf } from '../xmpp/jid-pattern.js';
import {
  type Known,
  PINGS_IN_WORDS,
  type Pings,
  pingsOf,
  whereaboutsInWords,
  whereaboutsOf,
} from './device-state.js';
import { moment, printable, utc } from './format.js';
import { type Listing, list } from './listing.js';
import type { Output } from './output.js';

export interface DevicesQuestion {
  config: Pick<ReadingConfig, 'spool' | 'devices'>;
  account: string | undefined;
  json: boolean;
}

interface Shown {
  device: DeviceRow;
  known: Known;
  pings: Pings;
  now: number;
}

/** Devices whose sessions the daemon is asked for at once. */
const PAGE = 200;

/** Prints the known devices, by account. */
export async function devices({ config, account, json }: DevicesQuestion, out: Output): Promise<void> {
  const reader = SpoolReader.open(config.spool.path);
  const daemon = new Sessions(controlPath(config.spool.path));
  try {
    const none = account === undefined ? 'no device is known yet' : `no device of ${account} is known`;
    const total = (count: number) => {
      const lines = count === 0 ? none : count === 1 ? '1 device' : `${count} devices`;
      return daemon.trouble === null ? lines : `${lines}\nthe daemon was not asked: ${daemon.trouble}`;
    };
    const neverPing = matcherOf(config.devices.neverPing);
    await list(shown(reader.devices(account), daemon, neverPing), { ...LISTING, total }, json, out);
  } finally {
    daemon.close();
    reader.close();
  }
}

async function* shown(
  rows: Iterable<DeviceRow>,
  daemon: Sessions,
  neverPing: (jid: Jid) => boolean,
): AsyncGenerator<Shown> {
  for (const page of pagesOf(rows)) {
    const sessions = await daemon.of(page.map(({ account }) => account));
    const now = Date.now();
    for (const device of page) {
      const jid = parseJid(`${device.account}/${device.resource}`);
      const session = sessions.get(`${device.account}/${device.resource}`);
      const pings = pingsOf(device, jid !== null && neverPing(jid));
      yield { device, known: whereaboutsOf(device, session, now), pings, now };
    }
  }
}

function* pagesOf(rows: Iterable<DeviceRow>): Generator<DeviceRow[]> {
  let page: DeviceRow[] = [];
  for (const row of rows) {
    page.push(row);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** What the daemon knows of sessions, where one runs. */
class Sessions {
  readonly #path: string;
  #line: Promise<DaemonLine | null> | null = null;
  /** Why it cannot be asked though it runs; nothing is known of any session then. */
  trouble: string | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** The sessions of these accounts, by full JID. */
  async of(accounts: readonly string[]): Promise<Map<string, AccountSession>> {
    try {
      this.#line ??= DaemonLine.open(this.#path);
      const line = this.trouble === null ? await this.#line : null;
      const sessions = (await line?.ask('sessions', { accounts: [...new Set(accounts)] })) ?? [];
      return new Map(sessions.map(session => [`${session.account}/${session.resource}`, session]));
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      this.trouble = error.message;
      return new Map();
    }
  }

  close(): void {
    void this.#line?.then(line => line?.close()).catch(() => undefined); // it was said when it was opened
  }
}

const LISTING: Omit<Listing<Shown>, 'total'> = {
  columns: [
    { title: 'ACCOUNT' },
    { title: 'DEVICE' },
    { title: 'STATE' },
    { title: 'ANSWERS PINGS' },
    { title: 'FIRST SEEN' },
    { title: 'CARBONS' },
    { title: 'ARCHIVE' },
    { title: 'ANSWERS IN', align: 'right' },
    { title: 'PROOFS', align: 'right' },
    { title: 'PENDING', align: 'right' },
  ],
  cells: ({ device, known, pings, now }) => [
    printable(device.account),
    `${printable(device.resource)}${device.probation ? ' (once)' : ''}`,
    whereaboutsInWords(known, now),
    PINGS_IN_WORDS[pings],
    moment(device.firstSeen),
    device.carbons ? 'yes' : 'no',
    device.mam ? 'yes' : 'no',
    device.proofMs === null ? '' : `${device.proofMs} ms`,
    String(device.proofs),
    String(device.pending),
  ],
  json: ({ device, known, pings }) => ({
    account: device.account,
    device: device.resource,
    online: known.state === 'unknown' ? device.online : known.state !== 'away',
    state: known.state,
    known_at: utc(known.at),
    priority: device.priority,
    answers_pings: device.answers,
    pings,
    probation: device.probation,
    first_seen: utc(device.firstSeen),
    last_seen: utc(device.lastSeen),
    carbons: device.carbons,
    mam: device.mam,
    proofs: device.proofs,
    proof_ms: device.proofMs,
    pending: device.pending,
  }),
};
