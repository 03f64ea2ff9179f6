import type { FakeClock } from '../fake-clock.js';
import type { Device } from './script.js';
import type { Handed, Session } from './session.js';
import { bareOf, type Sending, type Stanza, type Way } from './stanza.js';

/** What is wrong; see CLASSES. */
export type Class = keyof typeof CLASSES;

export const CLASSES = {
  lost: 'a device that should have a message never got it',
  proved: 'a message was sent again to a device that had answered a ping after it',
  writer: 'a device was sent what it had written itself',
  mute: 'a device that answers no pings was sent what its living session had brought',
  restart:
    'respool was not there in between, and then sent what the living session had brought, or was to bring',
  early: 'a message was replayed while the server was still to bring it',
  alarm: 'a message was sent again though the session that had brought it went on living',
  nagged: 'a session that gave no sign of life was pinged more than five times in an hour',
} as const;

export interface Violation {
  class: Class;
  /** null: it is not about a message. */
  token: number | null;
  device: string;
  /** How it had come and how it came again. */
  what: string;
}

/** The answer that lets a replay begin comes so short a time before it, in ms: what only that proved is an alarm. */
const DECIDES = 10;
const HOUR = 3_600_000;
/** To a session without a sign of life, in an hour. */
const MOST_PINGS = 5;

/** A message as it came to a device. */
interface Receipt {
  n: number;
  at: number;
  way: Way;
  session: number;
  seenBy: number;
  sending: Sending | undefined;
  since: number | undefined;
}

/** Judges by what clients have and what respool was shown. */
export class Judge {
  readonly violations: Violation[] = [];
  /** Repeats that nothing could have avoided: the stream had died before its proof, or respool had not seen the copy. */
  unavoidable = 0;
  replays = 0;
  /** Of all that came to all clients. */
  count = 0;
  readonly #clock: FakeClock;
  readonly #devices: readonly Device[];
  readonly #receipts = new Map<string, Receipt[]>();
  /** By device and session: what it had got up to there was proved at this moment. */
  readonly #proofs = new Map<string, { upTo: number; at: number }[]>();
  /** How often a device was seen to show its presence first in a session. */
  readonly #logins = new Map<string, Set<number>>();
  /** Pings to a session since its last sign of life, by session. */
  readonly #asked = new Map<number, { run: number; at: number }[]>();
  /** Who is to have a message: devices, and accounts as a whole. */
  readonly #owed = new Map<number, Set<string>>();
  /** Devices by room, from when respool has seen them let in until they leave on purpose. */
  readonly #members = new Map<string, Set<string>>();
  readonly #rooms = new Map<number, string>();

  constructor(clock: FakeClock, devices: readonly Device[]) {
    this.#clock = clock;
    this.#devices = devices;
  }

  /** respool is about to read what a client sent. */
  read(session: Session, stanza: Stanza): void {
    const { name, type, to, from, token, proves } = stanza;
    this.#asked.delete(session.key);
    if (proves !== undefined) {
      const key = `${proves.device} ${proves.session}`;
      const proofs = this.#proofs.get(key) ?? [];
      this.#proofs.set(key, [...proofs, { upTo: proves.upTo, at: this.#clock.now() }]);
    }
    if (name === 'presence' && to === bareOf(from) && type === undefined) {
      const logins = this.#logins.get(from) ?? new Set();
      this.#logins.set(from, logins.add(session.key));
    }
    if (name === 'presence' && to.includes('@conference.') && type === 'unavailable')
      this.#left(bareOf(to), from);
    if (name === 'message' && token !== undefined && type === 'chat') this.#promise(token, from, bareOf(to));
  }

  /** respool is about to read what came from a room. */
  readRoom({ from, to, payload, token, way }: Stanza): void {
    const room = bareOf(from);
    if (payload.includes("<status code='110'/>") && payload.includes("role='participant'")) {
      this.#members.set(room, (this.#members.get(room) ?? new Set()).add(to));
    }
    if (token === undefined || way !== 'room' || this.#owed.has(token)) return;
    this.#rooms.set(token, room);
    this.#owed.set(token, new Set([...(this.#members.get(room) ?? [])].filter(jid => this.#isKnown(jid))));
  }

  /** respool pings a session. */
  asked({ key, jid }: Session, run: number): void {
    const now = this.#clock.now();
    const asked = (this.#asked.get(key) ?? []).filter(ping => ping.run === run && now - ping.at < HOUR);
    this.#asked.set(key, [...asked, { run, at: now }]);
    if (asked.length === MOST_PINGS)
      this.#violated('nagged', null, jid, `${MOST_PINGS + 1} pings in an hour`);
  }

  /** respool sends a message to a device. */
  sends(token: number, to: string, run: number): Sending {
    this.replays++;
    const wasProved = this.#of(to, token).some(receipt => this.#isProved(to, receipt));
    return { at: this.#clock.now(), run, to, wasProved };
  }

  /** A client got a message; `handed` as what, null: it has written it. */
  has(device: string, token: number, way: Way, session: Session, handed: Handed | null): void {
    const before = this.#of(device, token);
    const receipt: Receipt = {
      n: ++this.count,
      at: this.#clock.now(),
      way,
      session: session.key,
      seenBy: handed?.copy.seenBy ?? 0,
      sending: handed?.stanza.sending,
      since: handed?.stanza.since,
    };
    this.#receipts.set(`${device} ${token}`, [...before, receipt]);
    if (before.length === 0) return;
    const is =
      way === 'replay' ? this.#again(device, before, receipt) : this.#afterReplay(device, before, receipt);
    if (is === null) return;
    if (is === 'unavoidable') this.unavoidable++;
    else
      this.violations.push({
        class: is,
        token,
        device,
        what: `${before.map(one => one.way).join(', ')}, then ${way}`,
      });
  }

  /** The run is over, and everything should be where it belongs. */
  finish(): void {
    for (const [token, owners] of this.#owed) {
      for (const owner of owners) {
        const isMissing = owner.includes('/')
          ? this.#of(owner, token).length === 0 && this.#device(owner).answers !== 'never'
          : this.#devices.every(
              ({ jid, answers }) =>
                bareOf(jid) !== owner || (answers !== 'never' && this.#of(jid, token).length === 0),
            );
        if (isMissing) this.#violated('lost', token, owner, 'never came');
      }
    }
  }

  /** A replay of what the device has. */
  #again(device: string, before: Receipt[], { sending, session }: Receipt): Class | 'unavoidable' {
    if (sending === undefined || sending.to !== device) return 'unavoidable'; // the server gave it to another one
    if (before.some(({ way }) => way === 'own')) return 'writer';
    const isMute = this.#device(device).answers === 'never';
    const here = before.find(one => one.session === session && one.seenBy > 0);
    if (here !== undefined && here.seenBy !== sending.run) return isMute ? 'mute' : 'restart';
    if (sending.wasProved) return 'proved';
    if (here === undefined) return 'unavoidable';
    if (isMute) return 'mute';
    return here.at > sending.at ? 'early' : 'alarm';
  }

  /** The server brings what respool has sent before; null: that is the server's own affair. */
  #afterReplay(
    device: string,
    before: Receipt[],
    { way, since, session, seenBy }: Receipt,
  ): Class | 'unavoidable' | null {
    const replay = before.find(one => one.sending !== undefined && one.sending.to === device);
    if (replay?.sending === undefined || way === 'resent' || way === 'archive') return null;
    if (since === undefined || since >= replay.sending.at) return null;
    if (replay.session !== session || seenBy === 0) return 'unavoidable';
    if (this.#device(device).answers === 'never') return 'mute';
    return seenBy === replay.sending.run ? 'early' : 'restart';
  }

  #promise(token: number, from: string, account: string): void {
    const owners = new Set([account]);
    for (const { jid } of this.#devices) {
      if (jid !== from && [account, bareOf(from)].includes(bareOf(jid)) && this.#isKnown(jid))
        owners.add(jid);
    }
    this.#owed.set(token, owners);
  }

  /** Of four devices of an account those that were seen once may be forgotten: three are kept on probation. */
  #isKnown(jid: string): boolean {
    const siblings = this.#devices.filter(device => bareOf(device.jid) === bareOf(jid)).length;
    return (this.#logins.get(jid)?.size ?? 0) >= (siblings > 3 ? 2 : 1);
  }

  #left(room: string, device: string): void {
    this.#members.get(room)?.delete(device);
    for (const [token, of] of this.#rooms) if (of === room) this.#owed.get(token)?.delete(device);
  }

  #violated(name: Class, token: number | null, device: string, what: string): void {
    this.violations.push({ class: name, token, device, what });
  }

  #isProved(device: string, { session, n }: Receipt): boolean {
    const before = this.#clock.now() - DECIDES;
    const proofs = this.#proofs.get(`${device} ${session}`) ?? [];
    return proofs.some(({ upTo, at }) => n <= upTo && at < before);
  }

  #of(device: string, token: number): Receipt[] {
    return this.#receipts.get(`${device} ${token}`) ?? [];
  }

  #device(jid: string): Device {
    return this.#devices.find(device => device.jid === jid) as Device;
  }
}
