import type { Session } from '../presence/directory.js';
import type { Clock } from './clock.js';

/** A session that is taken to have got a message, and the group that is held there until that is sure. */
export interface Taken {
  readonly session: Session;
  readonly group: number;
}

export interface ReceptionsOptions {
  clock: Clock;
  /** It is known now whether the session got what is in its group. */
  decided(session: Session, group: number, got: boolean): void;
  /** Is the session believed to be there? */
  isThere(session: Session): boolean;
  /** Asks the session whether it is. */
  ask(session: Session): void;
}

/** All copies of a message come within this time, in ms. */
const TOGETHER = 300;
/** Who has not answered after this time, in ms, is waited for no longer. */
const PATIENCE = 10_000;
/** So many are counted at a time; what comes beyond that is taken to have gone to all. */
const MOST = 20_000;

interface Counted {
  readonly key: string;
  /** When the first copy came, in ms. */
  readonly at: number;
  copies: number;
  /** Those of whom it is not known that they were gone. */
  readonly takers: Map<number, Taken>;
  /** Those who have answered since a copy was missed. */
  readonly answered: Set<number>;
  isShort: boolean;
  callOff: () => void;
}

/**
 * Counts the copies of a message that several sessions are to get, for a copy does not say whose it is: each session's
 * process makes one. Where fewer come than there are sessions, some have not got it: those that the server says were
 * gone, or else nobody knows which, and then none is taken to have it.
 *
 * Example: phone and laptop are online, one copy comes. The server returns the phone's ping: the laptop has it.
 */
export class Receptions {
  readonly #options: ReceptionsOptions;
  readonly #byKey = new Map<string, Counted>();
  /** Those of which a copy was missed, by the keys of their sessions. */
  readonly #short = new Map<number, Set<Counted>>();

  constructor(options: ReceptionsOptions) {
    this.#options = options;
  }

  /** The first copy came of a message to these sessions. Where there is no room to count, their groups wait their time. */
  first(key: string, takers: readonly Taken[]): void {
    const before = this.#byKey.get(key);
    if (before !== undefined) this.#end(before, true); // an equal message without an id
    if (this.#byKey.size >= MOST) return;
    const counted: Counted = {
      key,
      at: this.#options.clock.now(),
      copies: 1,
      takers: new Map(takers.map(taken => [taken.session.key, taken])),
      answered: new Set(),
      isShort: false,
      callOff: () => undefined,
    };
    counted.callOff = this.#options.clock.after(TOGETHER, () => this.#miss(counted));
    this.#byKey.set(key, counted);
  }

  /** Another copy of it came. */
  another(key: string): void {
    const counted = this.#byKey.get(key);
    if (counted === undefined) return;
    counted.copies++;
    this.#look(counted);
  }

  /** The session has ended; what it had is owed again. */
  gone({ key }: Session): void {
    for (const counted of [...(this.#short.get(key) ?? [])]) {
      counted.takers.delete(key);
      this.#look(counted);
    }
    this.#short.delete(key);
  }

  /** The session has answered a ping: it is there. */
  answered({ key }: Session): void {
    for (const counted of [...(this.#short.get(key) ?? [])]) {
      counted.answered.add(key);
      this.#look(counted);
    }
  }

  clear(): void {
    for (const { callOff } of this.#byKey.values()) callOff();
    this.#byKey.clear();
    this.#short.clear();
  }

  #miss(counted: Counted): void {
    counted.isShort = true;
    // who has ended, or whose stream has turned out to be a new one, was not there
    for (const [key, { session }] of counted.takers) {
      if (session.login.since > counted.at || !this.#options.isThere(session)) counted.takers.delete(key);
    }
    this.#look(counted);
    if (!this.#byKey.has(counted.key)) return;
    counted.callOff = this.#options.clock.after(PATIENCE, () => this.#end(counted, false));
    for (const { session } of counted.takers.values()) {
      const others = this.#short.get(session.key);
      if (others === undefined) this.#short.set(session.key, new Set([counted]));
      else others.add(counted);
    }
    for (const { session } of [...counted.takers.values()]) this.#options.ask(session);
  }

  #look(counted: Counted): void {
    const { copies, takers, answered, isShort } = counted;
    if (copies >= takers.size) this.#end(counted, true);
    else if (isShort && [...takers.keys()].every(key => answered.has(key))) this.#end(counted, false);
  }

  #end(counted: Counted, got: boolean): void {
    if (!this.#byKey.delete(counted.key)) return;
    counted.callOff();
    for (const key of counted.takers.keys()) {
      const others = this.#short.get(key);
      others?.delete(counted);
      if (others?.size === 0) this.#short.delete(key);
    }
    for (const { session, group } of counted.takers.values()) this.#options.decided(session, group, got);
  }
}
