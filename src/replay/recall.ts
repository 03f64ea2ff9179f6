import type { SpoolPort } from '../spool/client.js';
import type { Sleeper } from '../spool/content.js';
import type { Questions } from '../spool/question.js';
import type { Jid } from '../xmpp/jid.js';
import type { Clock } from './clock.js';

interface RecallSurroundings {
  clock: Clock;
  spool: SpoolPort;
  /** This device let pings pass before respool was away; it is to be asked at that moment, in ms. */
  recalled(sleeper: Sleeper, askAt: number): void;
  /** A device may have answered such a ping, before its session was recalled. */
  answered(from: Jid, id: string): void;
}

/** Between the pings to two devices, in ms: each is three stanzas to us, and more to the server. */
const APART = 2;
/** Devices that the spool looks at at a time. */
const PAGE = 100;
/** So many answers are kept that came meanwhile. */
const MOST_EARLY = 10_000;

/** When respool is back: recalls who was asleep, and what it was handed. */
export class Recall {
  readonly #around: RecallSurroundings;
  /** Answers to pings of before that came meanwhile; null: nothing is under way. */
  #early: { from: Jid; id: string }[] | null = null;
  #run = 0;

  constructor(around: RecallSurroundings) {
    this.#around = around;
  }

  /** Recalls all. Resolves with whether it has not been stopped meanwhile. */
  async start(): Promise<boolean> {
    const { clock, spool, recalled, answered } = this.#around;
    const run = ++this.#run;
    this.#early = [];
    let askAt = clock.now();
    for (let after: number | null = 0; after !== null; ) {
      const page: Questions['sleepers']['reply'] | undefined = await spool.ask({
        ask: 'sleepers',
        after,
        devices: PAGE,
      });
      if (run !== this.#run) return false;
      askAt = Math.max(askAt, clock.now());
      for (const sleeper of page?.sleepers ?? []) {
        recalled(sleeper, askAt);
        askAt += APART;
      }
      after = page?.last ?? null;
    }
    const early = this.#early;
    this.#early = null;
    for (const { from, id } of early) answered(from, id);
    return true;
  }

  stop(): void {
    this.#run++;
    this.#early = null;
  }

  /** A ping was answered that is not of this process. True where it is known only later whose it is. */
  keep(from: Jid, id: string): boolean {
    if (this.#early === null) return false;
    if (this.#early.length < MOST_EARLY) this.#early.push({ from, id });
    return true;
  }
}
