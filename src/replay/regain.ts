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
  /** The device answered, so it is online. */
  found(jid: Jid, device: KnownDevice): void;
}

/** A device that is asked whether it is there. */
interface Asked {
  readonly jid: Jid;
  readonly device: KnownDevice;
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
  readonly #underWayOf = new Map<string, Set<Asked>>();
  /** Whom the pings of this run went to for which nobody waits any more, by number. */
  readonly #late = new Map<number, string>();
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
    this.#underWayOf.clear();
    this.#late.clear();
    this.#proceed?.();
  }

  /** Whether nobody knows yet if this device is there. */
  asks({ bare, full }: Jid): boolean {
    for (const { jid } of this.#underWayOf.get(bare) ?? []) if (jid.full === full) return true;
    return false;
  }

  /** Whether another device, which may be there, had a higher priority: it gets then what is sent to the account. */
  asksAbove({ jid: { bare, full }, priority }: Session): boolean {
    const asked = [...(this.#underWayOf.get(bare) ?? [])];
    const own = priority ?? asked.find(({ jid }) => jid.full === full)?.device.priority;
    return own !== undefined && asked.some(({ jid, device }) => jid.full !== full && device.priority > own);
  }

  /** An answer shows that the device is there, however late it comes: its line may be slow, or it was asleep. */
  answered(from: Jid, number: number): void {
    const asked = this.#finish(number, from);
    if (asked !== undefined) this.#around.found(asked.jid, asked.device);
    else if (this.#late.get(number) === from.full) void this.#answeredLate(from, number);
  }

  async #answeredLate(from: Jid, number: number): Promise<void> {
    this.#late.delete(number);
    const run = this.#run;
    const { bare: account, resource } = from;
    const device = await this.#around.spool.ask({ ask: 'device', account, resource });
    if (device !== null && device !== undefined && run === this.#run) this.#around.found(from, device);
  }

  returned(from: Jid, number: number): void {
    if (this.#finish(number, from) === undefined && this.#late.get(number) === from.full)
      this.#late.delete(number);
  }

  /** Asks one device whether it is there. */
  ask(device: KnownDevice): void {
    const jid = parseJid(device.jid);
    if (jid === null) return;
    const number = ++this.#numbers;
    const giveUp = this.#around.clock.after(this.#around.settings.proofTimeout, () => {
      this.#finish(number, jid);
      this.#late.set(number, jid.full);
      const [oldest] = this.#late.keys();
      if (this.#late.size > MOST_LATE && oldest !== undefined) this.#late.delete(oldest);
    });
    const asked = { jid, device, giveUp };
    this.#underWay.set(number, asked);
    const others = this.#underWayOf.get(jid.bare);
    if (others === undefined) this.#underWayOf.set(jid.bare, new Set([asked]));
    else others.add(asked);
    this.#around.ping(jid, number);
  }

  #finish(number: number, from: Jid) {
    const asked = this.#underWay.get(number);
    if (asked === undefined || asked.jid.full !== from.full) return undefined;
    asked.giveUp();
    this.#underWay.delete(number);
    const others = this.#underWayOf.get(from.bare);
    others?.delete(asked);
    if (others?.size === 0) this.#underWayOf.delete(from.bare);
    this.#proceed?.();
    this.#proceed = null;
    return asked;
  }
}
