import type { Session } from '../presence/session.js';
import type { SpoolPort } from '../spool/client.js';
import { countsOfWait } from '../spool/histograms.js';
import type { Jid } from '../xmpp/jid.js';
import type { Clock } from './clock.js';
import { Delivery, type DeliverySettings } from './delivery.js';
import type { Effect } from './effect.js';
import type { Gate } from './gate.js';
import type { Pace } from './pace.js';
import type { UnansweredPing } from './ping.js';
import type { Quarantine } from './quarantine.js';
import { Sending } from './sending.js';
import { Wakes } from './wakes.js';

export interface DeliveriesOptions {
  settings: DeliverySettings;
  clock: Clock;
  spool: SpoolPort;
  gate: Gate;
  pace: Pace;
  put: Quarantine['put'];
  /** The id of a session's ping of this number. */
  pingId(session: Session, number: number): string;
  /** Sends a ping to a session under a number of its own. */
  ping(session: Session, number: number): void;
  /** Whether the operator wants no ping to this session. */
  neverPing(jid: Jid): boolean;
  /** The server says that there is no such session any more. */
  gone(session: Session): void;
  /** The session has answered a ping that was sent then, in ms. */
  there(session: Session, pingedAt: number): void;
  /** What the session was handed is proved, or counts as that. */
  answered(session: Session): void;
  note(line: string, asleep?: true): void;
}

/**
 * Drives the deliveries, one for each session: tells them what happens and the time, and does what they want done. A
 * delivery itself has no timer and does not talk to the spool: this class does both.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #bySession = new Map<number, Delivery>();
  readonly #byAccount = new Map<string, Set<Delivery>>();
  readonly #wakes: Wakes;
  readonly #sending: Sending;
  #whenProved: (() => void) | null = null;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#sending = new Sending({
      ...options,
      of: account => this.of(account),
      tell: (delivery, what) => this.tell(delivery, what),
    });
    this.#wakes = new Wakes(options.clock, (key, now) => {
      const delivery = this.#bySession.get(key);
      if (delivery !== undefined) this.#run(delivery, delivery.wake(now));
    });
  }

  get(key: number): Delivery | undefined {
    return this.#bySession.get(key);
  }

  /** Those of an account. */
  of(account: string): Iterable<Delivery> {
    return this.#byAccount.get(account) ?? [];
  }

  add(session: Session): Delivery {
    const { settings, pace, clock } = this.#options;
    const delivery = new Delivery(session, settings, pace, clock.now());
    this.#bySession.set(session.key, delivery);
    const others = this.#byAccount.get(session.jid.bare);
    if (others === undefined) this.#byAccount.set(session.jid.bare, new Set([delivery]));
    else others.add(delivery);
    this.#spare(delivery);
    return delivery;
  }

  /** The operator wants pings kept from others than before. */
  reconsider(): void {
    for (const delivery of [...this.#bySession.values()]) this.#spare(delivery);
  }

  /** Tells a delivery something, and does what it wants done. */
  tell(delivery: Delivery | undefined, what: (delivery: Delivery, now: number) => unknown): void {
    if (delivery === undefined) return;
    const effects = what(delivery, this.#options.clock.now());
    this.#run(delivery, Array.isArray(effects) ? effects : []);
  }

  /** The session has ended: what it has not proved is owed again. */
  end(session: Session): void {
    const delivery = this.#bySession.get(session.key);
    if (delivery === undefined) return;
    for (const effect of delivery.end(this.#options.clock.now())) this.#do(delivery, effect);
    this.#remove(delivery);
    this.#options.spool.tell({ do: 'leave', session: session.key, at: this.#options.clock.date() });
    this.checkAll(session.jid.bare);
    this.#whenProved?.();
  }

  /** Nothing is known of any session any more. */
  forgetAll(): void {
    for (const delivery of this.#bySession.values()) {
      for (const effect of delivery.forgotten(this.#options.clock.now())) this.#do(delivery, effect);
    }
    this.#bySession.clear();
    this.#byAccount.clear();
    this.#wakes.clear();
    this.#whenProved?.();
  }

  /** Has the sessions of an account find out whether they are owed something. */
  checkAll(account: string): void {
    for (const delivery of [...this.of(account)]) this.tell(delivery, (one, now) => one.check(now));
  }

  /** Tells each of them. */
  each(what: Parameters<Deliveries['tell']>[1]): void {
    for (const delivery of [...this.#bySession.values()]) this.tell(delivery, what);
  }

  /** Asks for the proofs that are outstanding and waits for them, so many ms at most; then the next process is to get them. */
  async finish(within: number): Promise<void> {
    this.each((one, now) => one.hurry(now));
    await new Promise<void>(resolve => {
      const stop = this.#options.clock.after(within, resolve);
      const waited = new Set(this.#bySession.values()); // each answer looks no further than the first that lacks one
      const look = () => {
        for (const delivery of waited) {
          if (delivery.awaitsProof) return;
          waited.delete(delivery);
        }
        this.#whenProved = null;
        stop();
        resolve();
      };
      this.#whenProved = look;
      look();
    });
    this.each((one, now) => one.leave(now));
  }

  #writeDown({ session }: Delivery, pings: readonly UnansweredPing[]): void {
    const { spool, clock, pingId } = this.#options;
    const began = clock.date() - clock.now();
    const written = pings.map(({ number, id, sentAt, groups }) => {
      const at = Math.round(began + sentAt);
      return { number, id: id ?? pingId(session, number), sentAt: at, groups: [...groups] };
    });
    spool.tell({ do: 'write-down', session: session.key, pings: written });
  }

  #spare(delivery: Delivery): void {
    const spared = this.#options.neverPing(delivery.session.jid);
    this.tell(delivery, (one, now) => one.spare(spared, now));
  }

  #remove(delivery: Delivery): void {
    const { key, jid } = delivery.session;
    this.#bySession.delete(key);
    this.#wakes.forget(key);
    const others = this.#byAccount.get(jid.bare);
    others?.delete(delivery);
    if (others?.size === 0) this.#byAccount.delete(jid.bare);
  }

  #run(delivery: Delivery, effects: readonly Effect[]): void {
    for (const effect of effects) this.#do(delivery, effect);
    this.#wakes.at(delivery.session.key, delivery.wakesAt());
    if (effects.length > 0) this.#whenProved?.();
  }

  #do(delivery: Delivery, effect: Effect): void {
    const { spool, clock, note, ping, gone } = this.#options;
    const { key: session, jid } = delivery.session;
    switch (effect.do) {
      case 'ping':
        return ping(delivery.session, effect.ping);
      case 'mark':
        return spool.tell({ do: 'mark', session, ping: effect.ping });
      case 'prove': {
        const { ping, took } = effect;
        spool.tell({ do: 'prove', session, ping, groups: [...effect.groups], at: clock.date(), took });
        return this.#options.answered(delivery.session);
      }
      case 'there':
        return this.#options.there(delivery.session, effect.pingedAt);
      case 'release':
        spool.tell({ do: 'release', session, groups: [...effect.groups] });
        return this.checkAll(jid.bare);
      case 'ask':
        return void this.#sending.ask(delivery);
      case 'take':
        return void this.#sending.take(delivery, effect);
      case 'waited':
        return spool.tell({ do: 'count', counts: countsOfWait(effect.ms) });
      case 'narrow':
        return spool.tell({ do: 'narrow', session, most: effect.most, at: clock.date() });
      case 'silent':
        spool.tell({ do: 'silent', session, silent: effect.silent });
        return effect.silent ? this.checkAll(jid.bare) : undefined;
      case 'mute':
        return spool.tell({ do: 'mute', session, mute: effect.mute });
      case 'write-down':
        return this.#writeDown(delivery, effect.pings);
      case 'wipe':
        return spool.tell({ do: 'wipe', session });
      case 'store-again': {
        const { identity } = effect;
        return spool.tell({ do: 'store-again', account: jid.bare, identity, at: clock.date() });
      }
      case 'gone':
        return gone(delivery.session);
      case 'note':
        return note(effect.line, effect.asleep);
    }
  }
}
