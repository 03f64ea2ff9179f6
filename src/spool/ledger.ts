import type { Database } from 'better-sqlite3';
import { Ages } from './ages.js';
import type { Cause } from './cause.js';
import type { Outcome } from './content.js';
import { Counters } from './counters.js';
import { FLOW_NAMES, Flow } from './flow.js';
import { Times } from './histograms.js';

/**
 * What is owed of a message: since when, and to how many. null: it was said in a room, and to whom it is owed is found
 * only by listing.
 */
export type Owing = { receivedAt: number; pendings: number } | null;

/**
 * The one place that books what enters the spool and what leaves it: counters since the beginning, the flow by the
 * minute, the ages of what is pending, and how long it took. Written once a batch.
 */
export class Ledger {
  readonly counters: Counters;
  readonly #flow: Flow;
  readonly #ages: Ages;
  readonly #times = new Times();

  constructor(db: Database) {
    this.counters = new Counters(db);
    this.#flow = new Flow(db, this.counters);
    this.#ages = new Ages(db, this.counters);
  }

  /** A message is owed from now on. */
  entered(owing: Owing): void {
    this.counters.add('stored', 1);
    this.#owe(owing, 1);
  }

  /** It came back from where it was sent, and is kept. */
  bounced(): void {
    this.counters.add('bounced', 1);
  }

  /**
   * It has arrived, and so much is owed no more.
   * @param cause why ejabberd had not brought what was replayed
   * @param at when that was proved, in ms since 1970
   * @param messages how many have arrived together
   */
  arrived(
    outcome: 'delivered' | 'replayed',
    { owing, cause, at, messages = 1 }: { owing: Owing; cause: Cause; at: number; messages?: number },
  ): void {
    this.#flow.add(outcome, messages, at);
    if (outcome === 'replayed') this.#flow.add(`saved.${cause}`, messages, at);
    const by = outcome === 'replayed' ? 'respool' : 'ejabberd';
    if (owing !== null) this.#times.proved(by, at - owing.receivedAt);
    this.#owe(owing, -1);
  }

  /**
   * It has left, or is owed to some no more, without having arrived.
   * @param owing with when that was, in ms since 1970
   * @param lost at a time (ms since 1970) before anybody had it; null: it is not known to be lost
   */
  ended(
    outcome: Exclude<Outcome, 'delivered' | 'replayed'>,
    {
      owing,
      lost = null,
      messages = 1,
    }: { owing: (NonNullable<Owing> & { at: number }) | null; lost?: number | null; messages?: number },
  ): void {
    this.counters.add(outcome, messages);
    if (lost !== null) this.#flow.add('lost', messages, lost);
    if (owing !== null) this.#times.ended(outcome, owing.at - owing.receivedAt);
    this.#owe(owing, -1);
  }

  /** It is owed no more to those that are forgotten. */
  forgotten(owing: { receivedAt: number; pendings: number }): void {
    this.counters.add('forgotten', owing.pendings);
    this.#owe(owing, -1);
  }

  /** It came so many ms later than was thought. */
  moved(owing: { receivedAt: number; pendings: number }, by: number): void {
    this.#owe(owing, -1);
    this.#owe({ ...owing, receivedAt: owing.receivedAt + by }, 1);
  }

  /** A daemon has started: what comes is counted from here as well. */
  begin(at: number): void {
    for (const name of FLOW_NAMES) this.counters.set(`start.${name}`, this.counters.read(name));
    this.counters.set('started_at', at);
    this.counters.set('connected', 0);
  }

  /** Removes what is too old to be asked for. */
  prune(at: number): void {
    this.#flow.prune(at);
  }

  write(): void {
    this.#flow.write();
    this.#ages.write();
    this.#times.write((counter, change) => this.counters.add(counter, change));
    this.counters.write();
  }

  #owe(owing: Owing, sign: 1 | -1): void {
    if (owing !== null) this.#ages.add(owing.receivedAt, sign * owing.pendings);
  }
}
