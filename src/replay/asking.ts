import type { Session } from '../presence/session.js';
import type { Clock } from './clock.js';
import type { Deliveries } from './deliveries.js';
import type { Duty } from './duty.js';
import { type SessionState, stateOf } from './state.js';

/**
 * What has become of the question whether a session is there: `silent`, it has not answered in time; `gone`, the server
 * says that there is none; `unannounced`, it has sent no presence and was not asked; `spared`, the operator wants it to
 * get no ping.
 */
export type Asked = 'answered' | 'silent' | 'gone' | 'unannounced' | 'spared';

/** How a session was before it was asked, and what came of it. */
export interface SessionAnswer extends SessionState {
  account: string;
  asked: Asked;
  /** How long the answer took, in ms; null: none came. */
  took: number | null;
}

type Heard = { asked: 'answered'; took: number } | { asked: 'gone' | 'silent'; took: null };

interface AskingSurroundings {
  clock: Clock;
  deliveries: Deliveries;
  duty: Duty;
}

/** Asks sessions by a ping whether they are there, because somebody wants to know it now. */
export class Asking {
  readonly #around: AskingSurroundings;
  /** Who waits for the answer of a session, by its key. */
  readonly #waiting = new Map<number, Set<(heard: 'answered' | 'gone') => void>>();

  constructor(around: AskingSurroundings) {
    this.#around = around;
  }

  /**
   * Asks each session of an account, though it may be asleep. Those that answer are sent what they are owed.
   * @param within how long to wait for the answers, in ms
   * @throws Error where another respool acts
   */
  async ask(account: string, within: number): Promise<SessionAnswer[]> {
    const { clock, deliveries, duty } = this.#around;
    if (duty.isWatching) throw new Error('this respool only watches: ask the other one, which acts');
    const now = clock.now();
    const answers = [...deliveries.of(account)].map(async (delivery): Promise<SessionAnswer> => {
      const state = { ...stateOf(delivery, now), account };
      const { session, line } = delivery;
      const unasked: Asked | null =
        line === 'spared' ? line : session.priority === null ? 'unannounced' : null;
      const heard = unasked === null ? this.#heard(session, within) : null;
      deliveries.tell(delivery, (one, at) => one.replayNow(at));
      return { ...state, ...((await heard) ?? { asked: unasked ?? 'silent', took: null }) };
    });
    return Promise.all(answers);
  }

  /** A session has answered a ping. */
  answered({ key }: Session): void {
    this.#tell(key, 'answered');
  }

  /** The server says that a session is gone. */
  gone({ key }: Session): void {
    this.#tell(key, 'gone');
  }

  #heard({ key }: Session, within: number): Promise<Heard> {
    const { clock, deliveries } = this.#around;
    const askedAt = clock.now();
    return new Promise(resolve => {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting);
      const end = (heard: Heard) => {
        stop();
        waiting.delete(told);
        if (waiting.size === 0) this.#waiting.delete(key);
        resolve(heard);
      };
      const told = (asked: 'answered' | 'gone') =>
        end(asked === 'gone' ? { asked, took: null } : { asked, took: Math.round(clock.now() - askedAt) });
      // it may have said that it goes
      const stop = clock.after(within, () =>
        end({ asked: deliveries.get(key) === undefined ? 'gone' : 'silent', took: null }),
      );
      waiting.add(told);
    });
  }

  #tell(key: number, heard: 'answered' | 'gone'): void {
    for (const told of [...(this.#waiting.get(key) ?? [])]) told(heard);
  }
}
