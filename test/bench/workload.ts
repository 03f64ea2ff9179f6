import { body } from './body.js';
import { HOST } from './names.js';
import type { Random } from './random.js';
import { chat, copyOf, presence, receipt, sentCarbon, serverPing, typing } from './stanzas.js';

/** Copies that come one after the other, and what the spool must hold of them. */
export interface Lot {
  copies: string[];
  /** How many messages the spool must have stored of the copies; a `sent` message for other devices counts for itself. */
  stored: number;
}

/** A stream of copies, in lots, each of which is made when its turn comes. */
export interface Workload {
  /** The sessions that are there from the beginning: they log in before the clock runs, and answer pings. */
  sessions: readonly string[];
  lots: Iterable<Lot>;
}

/** How many lots, and how many copies are in each. */
export interface Extent {
  lots: number;
  copies: number;
}

/** Messages of senders who show no presence to accounts where nobody is online, which are called so. */
export function toOffline(random: Random, count: number, accounts: number, called = 'away'): Lot {
  const copies: string[] = [];
  for (let number = 0; number < count; number++) {
    const from = `writer${random.below(1000)}@${HOST}/desk.A1b2`;
    const to = `${called}${random.below(accounts)}@${HOST}`;
    copies.push(copyOf(chat(from, to, random.hex(), body(random)), random.hex()));
  }
  return { copies, stored: count };
}

/** Messages between accounts whose devices are all online: the sending, each device's reception, the carbon copies. */
export function betweenOnline(random: Random, extent: Extent, accounts: number, devices: number): Workload {
  return new Town(random, accounts, devices).live(extent, town => town.write());
}

/** Lots of messages to users who are away. */
export function* lotsToOffline(random: Random, { lots, copies }: Extent, accounts: number): Generator<Lot> {
  for (let made = 0; made < lots; made++) yield toOffline(random, copies, accounts);
}

/** What a server's users do in an hour of work: two devices an account, messages, receipts, typing, presence, pings. */
export function mix(random: Random, extent: Extent, accounts: number): Workload {
  return new Town(random, accounts, 2).live(extent, town => {
    const what = random.below(100);
    if (what < 30) town.type();
    else if (what < 55) town.write(true);
    else if (what < 65) town.writeToAway();
    else if (what < 85) town.ping();
    else town.showPresence();
  });
}

/** Accounts with devices that are all online, and what is copied of what they do. */
class Town {
  readonly #sessions: string[] = [];
  #lot: Lot = { copies: [], stored: 0 };
  readonly #random: Random;
  readonly #accounts: number;
  readonly #devices: string[];

  constructor(random: Random, accounts: number, devices: number) {
    this.#random = random;
    this.#accounts = accounts;
    this.#devices = ['phone.Xy12', 'desk.Ab34', 'tablet.Cd56'].slice(0, devices);
    for (let number = 0; number < accounts; number++) {
      for (const device of this.#devices) this.#sessions.push(`user${number}@${HOST}/${device}`);
    }
  }

  /** @param act does one of the things that are done here */
  live(extent: Extent, act: (town: Town) => void): Workload {
    return { sessions: this.#sessions, lots: this.#lots(extent, act) };
  }

  *#lots({ lots, copies }: Extent, act: (town: Town) => void): Generator<Lot> {
    for (let made = 0; made < lots; made++) {
      this.#lot = { copies: [], stored: 0 };
      while (this.#lot.copies.length < copies) act(this);
      yield this.#lot;
    }
  }

  write(withReceipt = false): void {
    const [writer, reader] = [this.#account(), this.#account()];
    const device = this.#random.pick(this.#devices);
    const id = this.#random.hex();
    this.#deliver(writer, device, reader, chat(`${writer}/${device}`, reader, id, body(this.#random)));
    if (!withReceipt) return;
    const by = this.#random.pick(this.#devices);
    this.#deliver(reader, by, writer, receipt(`${reader}/${by}`, writer, this.#random.hex(), id));
  }

  writeToAway(): void {
    const [writer, device] = [this.#account(), this.#random.pick(this.#devices)];
    const to = `away${this.#random.below(this.#accounts)}@${HOST}`;
    const message = chat(`${writer}/${device}`, to, this.#random.hex(), body(this.#random));
    this.#copy(message);
    this.#carbons(writer, device, message);
    this.#store(writer);
  }

  type(): void {
    const [writer, reader, device] = [this.#account(), this.#account(), this.#random.pick(this.#devices)];
    const state = typing(`${writer}/${device}`, reader, this.#random.hex());
    for (let times = 0; times <= this.#devices.length; times++) this.#copy(state);
  }

  ping(): void {
    for (const stanza of serverPing(this.#random.pick(this.#sessions), this.#random.hex()))
      this.#copy(stanza);
  }

  /** A device goes away from the keyboard: the sending, and a few contacts who are told. */
  showPresence(): void {
    const session = this.#random.pick(this.#sessions);
    const bare = session.slice(0, session.indexOf('/'));
    this.#copy(presence(session, bare, `away ${this.#random.below(1000)}`));
    for (let contact = 0; contact < 4; contact++) {
      this.#copy(presence(session, this.#random.pick(this.#sessions), 'away'));
    }
  }

  #deliver(writer: string, device: string, reader: string, message: string): void {
    for (let times = 0; times <= this.#devices.length; times++) this.#copy(message);
    this.#carbons(writer, device, message);
    this.#store(writer, reader);
  }

  #carbons(writer: string, device: string, message: string): void {
    for (const other of this.#devices) {
      if (other !== device) this.#copy(sentCarbon(message, writer, `${writer}/${other}`));
    }
  }

  /** The reader is owed it, and so are the writer's other devices. A note to oneself only the latter are, once. */
  #store(writer: string, reader = ''): void {
    const others = this.#devices.length > 1 ? 1 : 0;
    this.#lot.stored += writer === reader ? others : 1 + others;
  }

  #account(): string {
    return `user${this.#random.below(this.#accounts)}@${HOST}`;
  }

  #copy(stanza: string): void {
    this.#lot.copies.push(copyOf(stanza, this.#random.hex()));
  }
}
