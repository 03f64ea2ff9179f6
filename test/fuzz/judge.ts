import type { FakeClock } from '../fake-clock.js';
import type { Device } from './script.js';
import type { Handed, Session } from './session.js';
import { bareOf, type Moment, type Proof, type Sending, type Stanza, type Way } from './stanza.js';

/** What is wrong; see CLASSES. */
export type Class = keyof typeof CLASSES;

export const CLASSES = {
  lost: 'a device that should have a message never got it',
  proved: 'a message was sent again to a device that had answered a ping that respool sent after it',
  writer: 'a device was sent what it had written itself',
  mute: 'a device that answers no pings was sent what its living session had brought',
  restart: 'a message was replayed before respool was away, and the server was still to bring it',
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
/** And is written down as proof so long after it came, in ms, where a sign speaks for a new stream. */
const HELD = 3_060;
/**
 * The bind of a stream is not copied: who answered so short a time before the first word of one, in ms, may have been that
 * one; on a slow line that takes two round trips, of which one is as long as the answer took, up to so long.
 */
const UNSEEN = 500;
const UNSEEN_AT_MOST = 1_000;
/** A session that was addressed may show itself so long after the message, in ms. */
const SHOWS = 2_000;
/** That a ping went out is written down so long after that, where it has no answer. */
const WRITTEN = 160;
const HOUR = 3_600_000;
const NEVER = Number.POSITIVE_INFINITY;
/** To a session without a sign of life, in an hour. */
const MOST_PINGS = 5;

/** A message as it came to a device. */
interface Receipt {
  n: number;
  at: number;
  way: Way;
  session: number;
  /** When respool sent it, or read its copy; null: never. */
  known: Moment | null;
  /** The full JID that was addressed in place of the one that got it; null: it was not. */
  strayOf: string | null;
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
  readonly #proofs = new Map<string, (Proof & { at: number })[]>();
  /** How often a device was seen to show its presence first in a session. */
  readonly #logins = new Map<string, Set<number>>();
  /** Pings to a session since its last sign of life, by session. */
  readonly #asked = new Map<number, Moment[]>();
  /** Who is to have a message: devices, and accounts as a whole. */
  readonly #owed = new Map<number, Set<string>>();
  /** Devices by room, from when respool has seen them let in until they leave on purpose. */
  readonly #members = new Map<string, Set<string>>();
  readonly #rooms = new Map<number, string>();
  /** Sessions that respool has seen do something: when it did so first, and in which stay it did so last. */
  readonly #shown = new Map<number, { jid: string; began: number; first: number; stay: number }>();
  /** Who is available, as far as sessions have told. */
  readonly #believed = new Map<string, { session: Session; priority: number }>();
  /** Messages without an id that sessions got of which respool does not know: how many of them were sent, nobody can tell. */
  readonly #uncounted = new Set<number>();
  /** In which stay respool read the sending of a message. */
  readonly #sent = new Map<number, number>();
  /** Whose sessions were handed a message by the server, and when. */
  readonly #handed = new Map<number, { jid: string; at: number }[]>();
  /** When respool was killed. */
  readonly #kills: number[] = [];

  /** In which stay on its stream respool is. */
  readonly #stay: () => number;

  constructor(clock: FakeClock, devices: readonly Device[], stay: () => number) {
    this.#clock = clock;
    this.#devices = devices;
    this.#stay = stay;
  }

  /** respool is about to read what a client sent. */
  read(session: Session, stanza: Stanza): void {
    const { name, type, to, from, token, proves } = stanza;
    this.#asked.delete(session.key);
    this.#shows(session, stanza);
    if (proves !== undefined && !this.#isForgotten(proves.asked)) {
      const key = `${proves.device} ${proves.session}`;
      const proofs = this.#proofs.get(key) ?? [];
      this.#proofs.set(key, [...proofs, { ...proves, at: this.#clock.now() }]);
    }
    if (name === 'presence' && to === bareOf(from) && type === undefined) {
      const logins = this.#logins.get(from) ?? new Set();
      this.#logins.set(from, logins.add(session.key));
      this.#believed.set(from, { session, priority: session.priority ?? 0 });
    }
    if (name === 'presence' && to === bareOf(from) && type === 'unavailable') this.#believed.delete(from);
    if (name === 'presence' && to.includes('@conference.') && type === 'unavailable')
      this.#left(bareOf(to), from);
    if (name === 'message' && token !== undefined) this.#sent.set(token, this.#stay());
    if (name === 'message' && token !== undefined && type === 'chat') this.#promise(token, from, bareOf(to));
  }

  /** respool is about to read what a session got. */
  readCopy(session: Session, stanza: Stanza): void {
    const { from, to, payload, token, way, id } = stanza;
    if (token !== undefined && way === 'live' && id === undefined && !this.#knows(session))
      this.#uncounted.add(token);
    if (token !== undefined && way !== 'replay')
      this.#handed.set(token, [
        ...(this.#handed.get(token) ?? []),
        { jid: session.jid, at: this.#clock.now() },
      ]);
    const room = bareOf(from);
    if (payload.includes("<status code='110'/>") && payload.includes("role='participant'")) {
      this.#members.set(room, (this.#members.get(room) ?? new Set()).add(to));
    }
    if (token === undefined || way !== 'room' || this.#owed.has(token)) return;
    this.#rooms.set(token, room);
    this.#owed.set(token, new Set([...(this.#members.get(room) ?? [])].filter(jid => this.#isKnown(jid))));
  }

  /** respool is killed: what was just answered is not written down yet. */
  killed(): void {
    const now = this.#clock.now();
    this.#kills.push(now);
    const before = now - HELD;
    for (const [key, proofs] of this.#proofs)
      this.#proofs.set(
        key,
        proofs.filter(({ at }) => at < before),
      );
  }

  /** respool pings a session. */
  asked({ key, jid }: Session, ping: Moment): void {
    const asked = (this.#asked.get(key) ?? []).filter(
      ({ stay, at }) => stay === ping.stay && ping.at - at < HOUR,
    );
    this.#asked.set(key, [...asked, ping]);
    if (asked.length === MOST_PINGS)
      this.#violated('nagged', null, jid, `${MOST_PINGS + 1} pings in an hour`);
  }

  /** respool sends a message to a device. */
  sends(token: number, to: string, sent: Moment): Sending {
    this.replays++;
    const wasProved = this.#of(to, token).some(receipt => this.#isProved(to, receipt));
    return { ...sent, to, wasProved };
  }

  /** A client got a message; `handed` as what, null: it has written it. */
  has(device: string, token: number, way: Way, session: Session, handed: Handed | null): void {
    const before = this.#of(device, token);
    const receipt: Receipt = {
      n: ++this.count,
      at: this.#clock.now(),
      way,
      session: session.key,
      known: handed === null ? null : this.#knownOf(handed, session),
      strayOf: handed !== null && isStray(handed.stanza.to, device) ? handed.stanza.to : null,
      sending: handed?.stanza.sending,
      since: handed?.stanza.since,
    };
    this.#receipts.set(`${device} ${token}`, [...before, receipt]);
    if (before.length === 0) return;
    if (this.#uncounted.has(token)) return void this.unavoidable++;
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

  /** When respool knew that the client's session was handed this; null: it could not. */
  #knownOf({ stanza, copy }: Handed, session: Session): Moment | null {
    const { sending, way = 'live', token = 0, to } = stanza;
    const { seen } = copy;
    if (sending !== undefined || seen === null) return sending ?? null;
    const isLive = way === 'live';
    // until its first word nobody knows of a stream
    const shownAt = this.#shown.get(session.key)?.first ?? NEVER;
    if ((isLive || way === 'room' || way === 'archive') && shownAt > seen.at) return null;
    // the copies of a sending and of a reception look alike
    if ((isLive || way === 'carbon') && this.#sent.get(token) !== seen.stay) return null;
    if (isLive && this.#isMasked(session)) return null;
    // somebody else was addressed, and may have got it if he shows himself in a moment
    return isStray(to, session.jid) ? { ...seen, at: seen.at + SHOWS } : seen;
  }

  /** Does respool know of this session in this stay? */
  #knows({ key }: Session): boolean {
    return this.#shown.get(key)?.stay === this.#stay();
  }

  /** Has the session that was addressed shown itself a moment later? Then it may have been there. */
  #mayBeOfAnother({ strayOf, at }: Receipt): boolean {
    const isSoon = (first: number) => first > at - SHOWS && first < at + SHOWS;
    return [...this.#shown.values()].some(({ jid, first }) => jid === strayOf && isSoon(first));
  }

  /** Is another one of the account taken to be there with a higher priority, though it is not? Its end was not told. */
  #isMasked({ jid, priority }: Session): boolean {
    return [...this.#believed].some(
      ([other, { session, priority: its }]) =>
        bareOf(other) === bareOf(jid) &&
        its > (priority ?? -1) &&
        (session.ended || session.priority !== its),
    );
  }

  /** The first word of a session: what was answered just before, it may have answered itself. */
  #shows({ key, jid }: Session, { name, to, payload }: Stanza): void {
    const { first = NEVER, began = this.#stay() } = this.#shown.get(key) ?? {};
    const isOwn = to === bareOf(jid);
    const isTelling = isOwn && (name === 'presence' || /jabber:iq:roster|carbons:2/.test(payload));
    const isFirst = first === NEVER && isTelling;
    this.#shown.set(key, { jid, began, stay: this.#stay(), first: isFirst ? this.#clock.now() : first });
    if (!isFirst) return;
    const now = this.#clock.now();
    const mayBeIts = ({ at, asked }: Proof & { at: number }) =>
      at >= now - Math.max(UNSEEN, Math.min(UNSEEN_AT_MOST, 2 * (at - asked.at)));
    for (const [of, proofs] of this.#proofs) {
      if (!of.startsWith(`${jid} `)) continue;
      this.#proofs.set(
        of,
        proofs.filter(proof => !mayBeIts(proof)),
      );
    }
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
        if (isMissing && this.#mayBeHad(token, owner)) this.unavoidable++;
        else if (isMissing) this.#violated('lost', token, owner, 'never came');
      }
    }
  }

  /**
   * A stream was handed it, and another one of that JID has said its first word a moment later: nobody knows when that was
   * bound, and so which of them it was.
   */
  #mayBeHad(token: number, owner: string): boolean {
    const handed = (this.#handed.get(token) ?? []).filter(
      ({ jid }) => jid === owner || bareOf(jid) === owner,
    );
    return handed.some(one =>
      [...this.#shown.values()].some(
        ({ jid, first }) => jid === one.jid && first > one.at && first <= one.at + UNSEEN,
      ),
    );
  }

  /** A replay of what the device has. */
  #again(device: string, before: Receipt[], { sending, session }: Receipt): Class | 'unavoidable' {
    if (sending === undefined || sending.to !== device) return 'unavoidable'; // the server gave it to another one
    if (before.some(({ way }) => way === 'own')) return 'writer';
    if (sending.wasProved) return 'proved';
    // after a restart nobody knows whether a session is the same as before: what it had not proved may be repeated
    const here = before.find(
      one => one.session === session && one.known?.stay === sending.stay && !this.#mayBeOfAnother(one),
    );
    if (here === undefined) return 'unavoidable';
    if (this.#device(device).answers === 'never') return 'mute';
    return here.at > sending.at ? 'early' : 'alarm';
  }

  /** The server brings what respool has sent before; null: that is the server's own affair. */
  #afterReplay(
    device: string,
    before: Receipt[],
    { way, since, session, known }: Receipt,
  ): Class | 'unavoidable' | null {
    const replay = before.find(one => one.sending !== undefined && one.sending.to === device);
    if (replay?.sending === undefined || way === 'resent' || way === 'archive') return null;
    if (since === undefined || since >= replay.sending.at) return null;
    // of a session that began while respool was not there it is not known whether it has shown its presence
    const isOfBefore = this.#shown.get(session)?.began !== replay.sending.stay;
    if (replay.session !== session || known === null || isOfBefore) return 'unavoidable';
    if (this.#device(device).answers === 'never') return 'mute';
    return known.stay === replay.sending.stay ? 'early' : 'restart';
  }

  /** Was respool killed before it has written down that it had sent this ping? */
  #isForgotten({ at }: Moment): boolean {
    return this.#kills.some(killed => at <= killed && killed < at + WRITTEN);
  }

  #promise(token: number, from: string, account: string): void {
    const owners = new Set([account]);
    for (const { jid } of this.#devices) {
      if (jid !== from && [account, bareOf(from)].includes(bareOf(jid)) && this.#isKnown(jid))
        owners.add(jid);
    }
    this.#owed.set(token, owners);
  }

  /** Of four devices of an account any may be forgotten that has not come back since: three are kept on probation. */
  #isKnown(jid: string): boolean {
    const siblings = this.#devices.filter(device => bareOf(device.jid) === bareOf(jid)).length;
    return siblings <= 3 && this.#logins.has(jid);
  }

  #left(room: string, device: string): void {
    this.#members.get(room)?.delete(device);
    for (const [token, of] of this.#rooms) if (of === room) this.#owed.get(token)?.delete(device);
  }

  #violated(name: Class, token: number | null, device: string, what: string): void {
    this.violations.push({ class: name, token, device, what });
  }

  /** A ping proves what respool knew when it sent that. */
  #isProved(device: string, receipt: Receipt): boolean {
    const { session, n, known } = receipt;
    if (known === null || this.#mayBeOfAnother(receipt)) return false;
    const before = this.#clock.now() - DECIDES;
    const proofs = this.#proofs.get(`${device} ${session}`) ?? [];
    return proofs.some(
      ({ upTo, at, asked }) => n <= upTo && at < before && asked.stay === known.stay && asked.at >= known.at,
    );
  }

  #of(device: string, token: number): Receipt[] {
    return this.#receipts.get(`${device} ${token}`) ?? [];
  }

  #device(jid: string): Device {
    return this.#devices.find(device => device.jid === jid) as Device;
  }
}

/** Was it addressed to another session than the one that got it? */
function isStray(to: string, device: string): boolean {
  return to.includes('/') && to !== device;
}
