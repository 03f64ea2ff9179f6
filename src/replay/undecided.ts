import { isBelowUnknown } from '../presence/attribution.js';
import type { Directory } from '../presence/directory.js';
import type { Decision, Reception } from '../presence/reception.js';
import { Receptions } from '../presence/receptions.js';
import type { Session } from '../presence/session.js';
import type { SpoolPort } from '../spool/client.js';
import { type Jid, parseJid } from '../xmpp/jid.js';
import type { Assigning } from './assigning.js';
import type { Clock } from './clock.js';
import type { Deliveries } from './deliveries.js';
import { Strays } from './strays.js';
import { Wakes } from './wakes.js';

interface UndecidedSurroundings {
  clock: Clock;
  spool: SpoolPort;
  directory: Directory;
  deliveries: Deliveries;
  assigning: Assigning;
  ping(jid: Jid, number: number): void;
  /** Whether the operator wants no ping to it. */
  neverPing(jid: Jid): boolean;
}

/** Drives the open receptions: tells them what happens and what time it is, and does what they decide. */
export class Undecided {
  readonly #around: UndecidedSurroundings;
  readonly #receptions = new Receptions();
  readonly #wakes: Wakes;
  /** It asks whether those are there to whom was sent what others have got. */
  readonly strays: Strays;

  constructor(around: UndecidedSurroundings) {
    this.#around = around;
    this.strays = new Strays({
      ...around,
      notThere: (jid, at) => this.#do(this.#receptions.notThere(jid, at)),
    });
    this.#wakes = new Wakes(around.clock, (number, now) => this.#do(this.#receptions.wake(number, now)));
  }

  open(reception: Reception): void {
    this.#do(this.#receptions.open(reception, this.#now));
    const { account, resource, isStray, isResent } = reception;
    const addressed = isStray && !isResent ? parseJid(`${account}/${resource}`) : null;
    if (addressed !== null) this.strays.ask(addressed);
  }

  hasRoom(account: string): boolean {
    return this.#receptions.hasRoom(account);
  }

  /** Another copy of it came. @returns the keys of those that are taken to have got it already */
  another(account: string, identity: string): readonly number[] {
    const { taken, out } = this.#receptions.another(account, identity, this.#now);
    this.#do(out);
    return taken;
  }

  returned(account: string, identity: string): void {
    this.#do(this.#receptions.returned(account, identity));
  }

  /** @param isSeen see Receptions.ended */
  ended(session: Session, isSeen: boolean): void {
    this.#do(this.#receptions.ended(session, isSeen, this.#now));
  }

  renewed(session: Session): void {
    this.#do(this.#receptions.renewed(session, this.#now));
  }

  answered(session: Session): void {
    this.#do(this.#receptions.answered(session, this.#now));
  }

  /** @param isSure see Receptions.shown */
  shown(session: Session, isSure: boolean): void {
    this.#do(this.#receptions.shown(session, isSure, this.#now));
  }

  /** It was there from that moment on, with this priority. */
  found(session: Session, priority: number, since: number): void {
    const isBelow = isBelowUnknown(this.#around.directory, session, priority);
    this.#do(this.#receptions.found(session, priority, since, isBelow));
  }

  /** One of this priority was there until that moment, it may be. */
  raise(account: string, priority: number, until = this.#now): void {
    this.#do(this.#receptions.raise(account, priority, until));
  }

  giveUp(account: string): void {
    this.#do(this.#receptions.giveUp(account));
  }

  clear(): void {
    this.#receptions.clear();
    this.strays.clear();
    this.#wakes.clear();
  }

  get #now(): number {
    return this.#around.clock.now();
  }

  #do(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (decision.do === 'wake') this.#wakes.at(decision.number, decision.at);
      else if (decision.do === 'give') this.#give(decision);
      else this.#tell(decision);
    }
  }

  #tell(decision: Extract<Decision, { do: 'ask' | 'decide' }>): void {
    const { deliveries } = this.#around;
    deliveries.tell(deliveries.get(decision.session.key), (delivery, now) =>
      decision.do === 'ask' ? delivery.asked(now) : delivery.decided(decision.group, decision.got, now),
    );
  }

  #give({ session, account, identity }: Extract<Decision, { do: 'give' }>): void {
    const { assigning, spool } = this.#around;
    const group = assigning.handed(assigning.deliveryOf(session), identity, 'live');
    const hand = { session: session.key, group, account, identity };
    spool.tell({ do: 'hand', ...hand, way: 'live', message: null, fresh: false, refers: true });
  }
}
