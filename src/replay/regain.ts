import type { SpoolPort } from '../spool/client.js';
import type { KnownDevice } from '../spool/command.js';
import type { Session } from '../tap/sessions.js';
import { type Jid, parseJid } from '../xmpp/jid.js';
import type { Clock } from './clock.js';

export interface RegainSurroundings {
  clock: Clock;
  spool: SpoolPort;
  settings: { readonly proofTimeout: number };
  ping(jid: Jid, number: number): void;
  /** The device answered, so it is online, and has been since it was asked, at this time. */
  found(jid: Jid, device: KnownDevice, askedAt: number): void;
  /** Of this account none is sought any more. */
  over(account: string): void;
}

/** A device that is asked, since when in ms, whether it is there. */
interface Asked {
  readonly jid: Jid;
  readonly device: KnownDevice;
  readonly at: number;
  readonly giveUp: () => void;
}

/** Pings on their way at most. */
const AT_ONCE = 500;
/** Of so many pings that were given up a late answer is known. */
const MOST_LATE = 100_000;
/** Devices read from the spool at a time. */
const PAGE = 200;

/**
 * Finds the devices that are online though nobody told: after respool was away it pings those it last knew to be
 * online, and those of accounts that are owed something.
 */
export class Regain {
  readonly #around: RegainSurroundings;
  readonly #underWay = new Map<number, Asked>();
  /** Whom the pings of this run went to for which nobody waits any more, by number. */
  readonly #late = new Map<number, Pick<Asked, 'jid' | 'at'>>();
  /**
   * Of each account the devices of which nobody knows whether they are there, by full JID: asked, and not heard of since.
   * ejabberd returns the ping to a session that is gone, so one that does not answer is asleep, or on a slow line.
   */
  readonly #sought = new Map<string, Map<string, KnownDevice>>();
  #numbers = 0;
  #run = 0;
  #proceed: (() => void) | null = null;

  constructor(around: RegainSurroundings) {
    this.#around = around;
  }

  /** Begins anew. */
  async start(): Promise<void> {
    this.stop();
    const run = ++this.#run;
    for (let after = 0; ; ) {
      const page = await this.#around.spool.ask({ ask: 'absent', after, limit: PAGE });
      if (page === undefined || page.devices.length === 0 || run !== this.#run) return;
      after = page.last;
      for (const device of page.devices) {
        while (this.#underWay.size >= AT_ONCE && run === this.#run) {
          await new Promise<void>(resolve => (this.#proceed = resolve));
        }
        if (run !== this.#run) return;
        this.ask(device);
      }
    }
  }

  stop(): void {
    this.#run++;
    for (const { giveUp } of this.#underWay.values()) giveUp();
    this.#underWay.clear();
    this.#late.clear();
    this.#sought.clear();
    this.#proceed?.();
  }

  /** Whether nobody knows yet if this device is there. */
  seeks({ bare, full }: Jid): boolean {
    return this.#sought.get(bare)?.has(full) === true;
  }

  /** Whether any device of the account is sought. */
  seeksAnyOf(account: string): boolean {
    return this.#sought.has(account);
  }

  /** Whether another device is sought that, with a higher priority, gets what is sent to the account. */
  seeksAbove({ jid: { bare, full }, priority }: Session): boolean {
    const sought = this.#sought.get(bare);
    if (sought === undefined) return false;
    const own = priority ?? sought.get(full)?.priority ?? Number.NEGATIVE_INFINITY;
    for (const [jid, device] of sought) if (jid !== full && device.priority > own) return true;
    return false;
  }

  /** The device has come or gone for everybody to see. */
  seen({ bare, full }: Jid): void {
    const sought = this.#sought.get(bare);
    if (sought?.delete(full) !== true || sought.size > 0) return;
    this.#sought.delete(bare);
    this.#around.over(bare);
  }

  /** An answer shows that the device is there, however late it comes: its line may be slow, or it was asleep. */
  answered(from: Jid, number: number): void {
    const asked = this.#finish(number, from);
    const late = this.#late.get(number);
    if (asked !== undefined) this.#found(asked.jid, asked.device, asked.at);
    else if (late?.jid.full === from.full) void this.#answeredLate(from, number, late.at);
  }

  async #answeredLate(from: Jid, number: number, askedAt: number): Promise<void> {
    this.#late.delete(number);
    const run = this.#run;
    const { bare: account, resource } = from;
    const device = await this.#around.spool.ask({ ask: 'device', account, resource });
    if (run !== this.#run) return;
    if (device === null || device === undefined) this.seen(from);
    else this.#found(from, device, askedAt);
  }

  #found(jid: Jid, device: KnownDevice, askedAt: number): void {
    this.#around.found(jid, device, askedAt);
    this.seen(jid);
  }

  returned(from: Jid, number: number): void {
    const isLate = this.#late.get(number)?.jid.full === from.full;
    if (isLate) this.#late.delete(number);
    if (this.#finish(number, from) !== undefined || isLate) this.seen(from);
  }

  /** Asks one device whether it is there. */
  ask(device: KnownDevice): void {
    const jid = parseJid(device.jid);
    if (jid === null) return;
    const number = ++this.#numbers;
    const at = this.#around.clock.now();
    const giveUp = this.#around.clock.after(this.#around.settings.proofTimeout, () => {
      this.#finish(number, jid);
      if (device.mute) this.seen(jid); // it never answers
      this.#late.set(number, { jid, at });
      const [oldest] = this.#late;
      if (this.#late.size <= MOST_LATE || oldest === undefined) return;
      this.#late.delete(oldest[0]);
      this.seen(oldest[1].jid);
    });
    const sought = this.#sought.get(jid.bare);
    if (sought === undefined) this.#sought.set(jid.bare, new Map([[jid.full, device]]));
    else sought.set(jid.full, device);
    this.#underWay.set(number, { jid, device, at, giveUp });
    this.#around.ping(jid, number);
  }

  #finish(number: number, from: Jid) {
    const asked = this.#underWay.get(number);
    if (asked === undefined || asked.jid.full !== from.full) return undefined;
    asked.giveUp();
    this.#underWay.delete(number);
    this.#proceed?.();
    this.#proceed = null;
    return asked;
  }
}
