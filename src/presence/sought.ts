import type { Jid } from '../xmpp/jid.js';

/** Of an account the devices of which nobody knows whether they are there. */
interface SoughtOf {
  /** By full JID, with the priority that each had. */
  readonly devices: Map<string, number>;
  /** It is not known yet which there are. */
  isLooking: boolean;
}

/** A device is sought no more. */
export interface HeardOf {
  /** It had this priority. */
  readonly priority: number;
  /** Of its account none is sought any more. */
  readonly isLast: boolean;
}

/** Devices that may be there, though nobody has seen them since respool came back. */
export class Sought {
  readonly #byAccount = new Map<string, SoughtOf>();

  /** It may be there, with this priority. */
  seek({ bare, full }: Jid, priority: number): void {
    this.#of(bare).devices.set(full, priority);
  }

  /** Some of an account may be there. */
  look(account: string): void {
    this.#of(account).isLooking = true;
  }

  /** It is known which: those that are sought by now. Returns true where that is none. */
  looked(account: string): boolean {
    const sought = this.#byAccount.get(account);
    if (sought === undefined) return false;
    sought.isLooking = false;
    return this.#isOver(account, sought);
  }

  /** It is known whether this one is there; undefined where it was not sought. */
  heardOf({ bare, full }: Jid): HeardOf | undefined {
    const sought = this.#byAccount.get(bare);
    const priority = sought?.devices.get(full);
    if (sought === undefined || priority === undefined) return undefined;
    sought.devices.delete(full);
    return { priority, isLast: this.#isOver(bare, sought) };
  }

  /** Whether this very device is sought. */
  has({ bare, full }: Jid): boolean {
    return this.#byAccount.get(bare)?.devices.has(full) === true;
  }

  /** Whether nobody knows yet if this device, or which of this account, is there. */
  includes({ bare, full }: Jid): boolean {
    const sought = this.#byAccount.get(bare);
    return sought !== undefined && (sought.isLooking || sought.devices.has(full));
  }

  /** Whether any device of the account is sought. */
  anyOf(account: string): boolean {
    return this.#byAccount.has(account);
  }

  /** Whether another device is sought that gets what is sent to the account in place of this one. */
  anyAbove({ bare, full }: Jid, priority: number): boolean {
    const sought = this.#byAccount.get(bare);
    if (sought === undefined) return false;
    const own = sought.devices.get(full) ?? priority;
    for (const [jid, other] of sought.devices) if (jid !== full && other > own) return true;
    return false;
  }

  clear(): void {
    this.#byAccount.clear();
  }

  #of(account: string): SoughtOf {
    const known = this.#byAccount.get(account);
    if (known !== undefined) return known;
    const sought = { devices: new Map(), isLooking: false };
    this.#byAccount.set(account, sought);
    return sought;
  }

  #isOver(account: string, { devices, isLooking }: SoughtOf): boolean {
    if (devices.size > 0 || isLooking) return false;
    this.#byAccount.delete(account);
    return true;
  }
}
