import type { Directory } from '../presence/directory.js';
import type { Session } from '../presence/session.js';
import type { SpoolPort } from '../spool/client.js';
import type { KnownDevice } from '../spool/content.js';
import type { Questions } from '../spool/question.js';
import type { SessionEnd } from '../tap/session-end.js';
import { type Jid, parseJid } from '../xmpp/jid.js';
import type { Clock } from './clock.js';
import { Crowd, RETURNED } from './crowd.js';
import { LatePings } from './late-pings.js';

interface RegainSurroundings {
  clock: Clock;
  spool: SpoolPort;
  settings: { readonly proofTimeout: number };
  ping(jid: Jid, number: number): void;
  /** Whether the operator wants no ping to it. */
  neverPing(jid: Jid): boolean;
  directory: Directory;
  /** The device is online, and has been since it was asked, at this time; `answered`: it has said so. */
  found(jid: Jid, device: KnownDevice, askedAt: number, answered: boolean): void;
  /** The device is not there, though it may have been when it was last heard of. */
  notThere(jid: Jid): void;
  /** The session that was there when the device was asked has ended since. */
  terminated(jid: Jid): void;
  /** A device of this priority is sought no more; it may have been there until that moment, in ms. */
  soughtNoMore(account: string, priority: number, until: number): void;
  /** The server says that a session is gone of which nothing was seen but what came to it. */
  gone(session: Session): void;
  /** Of this account none is sought any more. */
  allFound(account: string): void;
}

type Absent = Questions['absent']['reply'];

/** A device that is asked, since when in ms, whether it is there. */
interface Asked {
  readonly jid: Jid;
  readonly device: KnownDevice;
  at: number;
  readonly giveUp: () => void;
}

/** Of so many accounts it is known that they were looked at. */
const MOST_LOOKED = 20_000;
/** A device that is not heard of is asked once more after the first time-out, then after so long, then once in so long. */
const PATIENCE = [900_000, 3_600_000] as const;
/** Devices that the spool looks at at a time; more than an account can have. */
const PAGE = 200;

/**
 * Finds the devices that are online though nobody told: after respool was away it pings those of accounts of which it
 * last knew one to be online, or which are owed something; those of others when it first sees a session of theirs.
 */
export class Regain {
  readonly #around: RegainSurroundings;
  readonly #underWay = new Map<number, Asked>();
  readonly #late = new LatePings();
  /** Accounts that were looked at: what their devices have done since was seen. */
  readonly #looked = new Set<string>();
  readonly #crowd: Crowd;
  /** Since when it would have been seen what devices do, as a date. */
  #since = 0;
  #numbers = 0;
  #run = 0;

  constructor(around: RegainSurroundings) {
    this.#around = around;
    this.#crowd = new Crowd(around.clock);
  }

  /** Since when it would have been seen what devices do, as a date; until it begins nothing would. */
  get since(): number {
    return this.#since === 0 ? Number.MAX_SAFE_INTEGER : this.#since;
  }

  /** From now on respool sees what devices do. Call it before the first copy is taken. */
  begin(): void {
    this.stop();
    this.#since = this.#around.clock.date();
  }

  /** From now on this respool asks: those that are sought too, whom it was not to ask so far. */
  again(): Promise<void> {
    for (const [number, { jid, device, at }] of [...this.#underWay]) {
      this.#finish(number, jid);
      this.#late.add(number, { jid, at });
      this.#ask(device, jid, 0);
    }
    return this.walk();
  }

  /** Asks those that nobody has seen since. It goes on with what was begun meanwhile. */
  async walk(): Promise<void> {
    const run = this.#run;
    for (let after: number | null = 0; after !== null; ) {
      const page: Absent | undefined = await this.#around.spool.ask({ ask: 'absent', after, rows: PAGE });
      await this.#crowd.thins();
      if (page === undefined || run !== this.#run) return;
      // all of an account at once: until another one is sought, what it gets may be put down to the first
      for (const device of page.devices) {
        const number = this.ask(device);
        if (number > 0) this.#crowd.add(number);
      }
      after = page.last;
    }
  }

  /** Is it known who of an account is there? */
  isSure(account: string): boolean {
    return this.#looked.has(account) && !this.#around.directory.seeksAnyOf(account);
  }

  /** Of an account the first session is seen: asks its other devices whether they are there too. */
  async look({ bare: account, full }: Jid): Promise<void> {
    const { spool, directory, allFound } = this.#around;
    if (directory.seeksAnyOf(account) || this.#looked.has(account)) return;
    if (this.#looked.size >= MOST_LOOKED) this.#looked.clear();
    this.#looked.add(account);
    const run = this.#run;
    directory.sought.look(account);
    const unheard = await spool.ask({ ask: 'unheard', account, since: this.#since });
    if (run !== this.#run || unheard === undefined) return;
    for (const device of unheard) {
      const jid = parseJid(device.jid);
      if (jid !== null && jid.full !== full && directory.get(jid) === undefined) this.ask(device);
    }
    if (directory.sought.looked(account)) allFound(account);
  }

  stop(): void {
    this.#run++;
    for (const { giveUp } of this.#underWay.values()) giveUp();
    this.#underWay.clear();
    this.#late.clear();
    this.#around.directory.sought.clear();
    this.#looked.clear();
    this.#crowd.clear();
  }

  /** The device has come or gone for everybody to see. */
  seen(jid: Jid, until = this.#around.clock.now()): void {
    const { directory, soughtNoMore, allFound } = this.#around;
    const heard = directory.sought.heardOf(jid);
    if (heard === undefined) return;
    soughtNoMore(jid.bare, heard.priority, until);
    if (heard.isLast) allFound(jid.bare);
  }

  /** The device, of which no session is known, is not there. @param until it may have been there, in ms */
  gone(jid: Jid, until?: number): void {
    const { directory, notThere, gone } = this.#around;
    const session = directory.get(jid);
    if (session === undefined) notThere(jid);
    else if (session.priority === null && !session.hasActed) gone(session);
    this.seen(jid, until);
  }

  /** A ping has reached the session of the device: who answers it has been there since then at least. */
  reached(jid: Jid, number: number): void {
    const asked = this.#underWay.get(number);
    if (asked?.jid.full === jid.full) asked.at = this.#around.clock.now();
  }

  /** An answer shows that the device is there, however late it comes: its line may be slow, or it was asleep. */
  answered(from: Jid, number: number): void {
    const asked = this.#finish(number, from);
    const late = this.#late.get(number, from);
    if (asked !== undefined) this.#found(asked.jid, asked.device, asked.at, true);
    else if (late !== undefined) void this.#answeredLate(from, number, late.at);
  }

  async #answeredLate(from: Jid, number: number, askedAt: number): Promise<void> {
    this.#late.delete(number);
    const run = this.#run;
    const { bare: account, resource } = from;
    const device = await this.#around.spool.ask({ ask: 'device', account, resource, since: this.#since });
    if (run !== this.#run) return;
    if (!device) this.seen(from);
    else this.#found(from, device, askedAt, true);
  }

  #found(jid: Jid, device: KnownDevice, askedAt: number, answered: boolean): void {
    this.#around.found(jid, device, askedAt, answered);
    this.seen(jid);
  }

  /** @param end what the server says of the device; null: it cannot be asked, and nothing is known */
  returned(from: Jid, number: number, end: SessionEnd | null): void {
    if (end === null) return this.#unaskable(from, number);
    const asked = this.#finish(number, from) ?? this.#late.get(number, from);
    if (asked === undefined) return;
    this.#late.delete(number);
    if (end === 'terminated') this.#around.terminated(from);
    const wasNotThere = end === 'missing' && this.#around.clock.now() - asked.at <= RETURNED;
    this.gone(from, wasNotThere ? asked.at : undefined);
  }

  /** It lets no ping through, so that it is taken for one that answers none: what it does will tell. */
  #unaskable(from: Jid, number: number): void {
    const asked = this.#finish(number, from);
    if (asked !== undefined) this.#found(asked.jid, { ...asked.device, mute: true }, asked.at, false);
  }

  /**
   * Asks one device whether it is there, and again, less and less often, until it is heard of. One that is not to be asked
   * is taken to be there where it last was. Returns the ping's number, 0 where none goes out.
   */
  ask(device: KnownDevice): number {
    const { directory } = this.#around;
    const jid = parseJid(device.jid);
    if (jid === null || directory.sought.has(jid) || (directory.get(jid)?.priority ?? null) !== null)
      return 0;
    if (!this.#around.neverPing(jid)) return this.#ask(device, jid, 0);
    if (device.online) this.#around.found(jid, device, this.#around.clock.now(), false);
    return 0;
  }

  /** @param before how often it was asked before */
  #ask(device: KnownDevice, jid: Jid, before: number): number {
    const number = ++this.#numbers;
    const { clock, settings } = this.#around;
    const askedAt = clock.now();
    const patience = before < 1 ? settings.proofTimeout : PATIENCE[before === 1 ? 0 : 1];
    const giveUp = clock.after(patience, () => {
      const { at } = this.#finish(number, jid) ?? { at: askedAt };
      this.#late.add(number, { jid, at });
      // it never answers, or is not to be asked any more, but nor was its ping returned
      if (device.mute || this.#around.neverPing(jid)) this.#found(jid, device, at, false);
      // a ping that a dying connection has swallowed is never returned, the next one is
      else if (this.#around.directory.seeks(jid)) this.#ask(device, jid, before + 1);
    });
    this.#around.directory.sought.seek(jid, device.priority);
    this.#underWay.set(number, { jid, device, at: askedAt, giveUp });
    this.#around.ping(jid, number);
    return number;
  }

  #finish(number: number, from: Jid) {
    const asked = this.#underWay.get(number);
    if (asked === undefined || asked.jid.full !== from.full) return undefined;
    asked.giveUp();
    this.#underWay.delete(number);
    this.#crowd.delete(number);
    return asked;
  }
}
