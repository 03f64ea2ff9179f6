import type { ReadingConfig } from '../config/load.js';
import { ControlError, controlPath, DaemonLine } from '../control/daemon-line.js';
import { onDaemon } from '../control/reach.js';
import type { AccountSession, Reply } from '../control/requests.js';
import type { DeviceRow } from '../spool/device-rows.js';
import { SpoolReader } from '../spool/spool-reader.js';
import { type Jid, parseJid } from '../xmpp/jid.js';
import { matcherOf } from '../xmpp/jid-pattern.js';
import {
  ASKED_IN_WORDS,
  ageInWords,
  type Known,
  type Pings,
  pingsOf,
  WHEREABOUTS_IN_WORDS,
  whereaboutsOf,
} from './device-state.js';
import { moment, printable, utc } from './format.js';
import { type Listing, list } from './listing.js';
import type { Output } from './output.js';
import { terminal } from './terminal.js';

export interface DevicesQuestion {
  config: Pick<ReadingConfig, 'spool' | 'devices'>;
  account: string | undefined;
  json: boolean;
  /** Sessions are asked whether they are there, and waited for so long, in ms; null: they are not. */
  ask: number | null;
}

/** A device as it is listed. */
export interface Shown {
  device: DeviceRow;
  known: Known;
  pings: Pings;
  /** What it has answered, where it was asked. */
  answer: Answer | undefined;
  now: number;
}

type Answer = Reply<'ask'>[number];

/** Devices whose sessions the daemon is asked for at once. */
const PAGE = 200;

/** Prints the known devices, by account. */
export async function devices({ config, account, json, ask }: DevicesQuestion, out: Output): Promise<void> {
  const answers =
    account === undefined || ask === null ? null : await answersOf(config.spool.path, account, ask);
  const reader = SpoolReader.open(config.spool.path);
  const daemon = new Sessions(controlPath(config.spool.path));
  try {
    let onHold = 0;
    const none = account === undefined ? 'no device is known yet' : `no device of ${account} is known`;
    const total = (count: number) => {
      const many = count === 0 ? none : count === 1 ? '1 device' : `${count} devices`;
      const known = onHold === 0 ? many : `${many}, ${onHold} on hold (!)`;
      const lines = answers === null ? known : `${known}, ${inSum([...answers.values()])}`;
      return daemon.trouble === null ? lines : `${lines}\nthe daemon was not asked: ${daemon.trouble}`;
    };
    const neverPing = matcherOf(config.devices.neverPing);
    const counted = function* () {
      for (const device of reader.devices(account)) {
        if (device.onHold) onHold++;
        yield device;
      }
    };
    const rows = shown(counted(), daemon, { neverPing, answers });
    await list(rows, { ...LISTING, width: terminal()?.columns, total }, json, out);
  } finally {
    daemon.close();
    reader.close();
  }
}

/** Makes the daemon ask the sessions of an account. Returns their answers by full JID. */
async function answersOf(spoolPath: string, account: string, within: number): Promise<Map<string, Answer>> {
  const answers = await onDaemon(spoolPath, daemon => daemon.ask('ask', { accounts: [account], within }));
  return new Map(answers.map(answer => [`${answer.account}/${answer.resource}`, answer]));
}

function inSum(answers: readonly Answer[]): string {
  if (answers.length === 0) return 'no session to ask';
  return `${answers.filter(({ asked }) => asked === 'answered').length} of ${answers.length} sessions answered`;
}

async function* shown(
  rows: Iterable<DeviceRow>,
  daemon: Sessions,
  { neverPing, answers }: { neverPing: (jid: Jid) => boolean; answers: Map<string, Answer> | null },
): AsyncGenerator<Shown> {
  for (const page of pagesOf(rows)) {
    const sessions = await daemon.of(page.map(({ account }) => account));
    const now = Date.now();
    for (const device of page) {
      const jid = parseJid(`${device.account}/${device.resource}`);
      const session = sessions.get(`${device.account}/${device.resource}`);
      const pings = pingsOf(device, jid !== null && neverPing(jid));
      const answer = answers?.get(`${device.account}/${device.resource}`);
      yield { device, known: whereaboutsOf(device, session, now), pings, answer, now };
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

/** How devices are listed. */
export const LISTING: Omit<Listing<Shown>, 'total'> = {
  columns: [
    { title: 'ACCOUNT', flexible: true },
    { title: 'DEVICE', flexible: true },
    { title: 'STATE' },
    { title: 'SEEN', align: 'right' },
    { title: 'PINGS' },
    { title: 'FIRST SEEN', leaveOut: 1 },
    { title: 'CARBONS', leaveOut: 3 },
    { title: 'ARCHIVE', leaveOut: 2 },
    { title: 'ANSWERS IN', align: 'right', leaveOut: 5 },
    { title: 'PROOFS', align: 'right', leaveOut: 4 },
    { title: 'PENDING', align: 'right' },
  ],
  cells: ({ device, known, pings, answer, now }) => [
    printable(device.account),
    `${marksOf(device)}${printable(device.resource)}`,
    answer === undefined ? WHEREABOUTS_IN_WORDS[known.state] : ASKED_IN_WORDS[answer.asked],
    ageInWords(known, now),
    pings,
    moment(device.firstSeen),
    device.carbons ? 'yes' : 'no',
    device.mam ? 'yes' : 'no',
    device.proofMs === null ? '' : `${device.proofMs} ms`,
    String(device.proofs),
    String(device.pending),
  ],
  json: ({ device, known, pings, answer }) => ({
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
    on_hold: device.onHold,
    ...(answer === undefined ? {} : { asked: answer.asked, answer_ms: answer.took }),
  }),
};

/** In front, for a long name is cut at its end. */
function marksOf({ probation, onHold }: DeviceRow): string {
  return `${onHold ? '!' : ''}${probation ? '(once) ' : ''}`;
}
