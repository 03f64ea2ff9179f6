import { randomBytes } from 'node:crypto';
import type { Element } from '@xmpp/component';
import type { Clock } from '../replay/clock.js';
import { iqTo } from './words.js';

/** The other respool did not answer, or with an error. */
export class NoAnswerError extends Error {}

export interface ExchangeOptions {
  clock: Clock;
  domain: string;
  peer: string;
  send(text: string): boolean;
}

/** For an answer of the other respool, which may have to write before it, in ms. */
const PATIENCE = 30_000;

/** Asks the other respool, one iq after the other, and waits for its answers. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #prefix = randomBytes(6).toString('hex');
  readonly #awaited = new Map<string, (answer: Element | null) => void>();
  #asked = 0;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /**
   * @param payload the one element of the iq
   * @throws NoAnswerError
   */
  async ask(type: 'get' | 'set', payload: string): Promise<Element> {
    const { clock, domain: from, peer: to, send } = this.#options;
    const id = `${this.#prefix}-${++this.#asked}`;
    const answer = await new Promise<Element | null>(resolve => {
      const callOff = clock.after(PATIENCE, () => this.#end(id, null));
      this.#awaited.set(id, element => {
        callOff();
        resolve(element);
      });
      if (!send(iqTo({ from, to, id, type }, payload))) this.#end(id, null);
    });
    if (answer === null) throw new NoAnswerError(`${to} has not answered`);
    if (answer.attrs.type === 'error') throw new NoAnswerError(`${to} cannot answer now`);
    return answer;
  }

  /** Takes the answer to what was asked. True where it is one. */
  take(iq: Element): boolean {
    const { id = '', type } = iq.attrs;
    return (type === 'result' || type === 'error') && this.#end(id, iq);
  }

  /** No answer comes any more. */
  stop(): void {
    for (const id of [...this.#awaited.keys()]) this.#end(id, null);
  }

  #end(id: string, answer: Element | null): boolean {
    const resolve = this.#awaited.get(id);
    this.#awaited.delete(id);
    resolve?.(answer);
    return resolve !== undefined;
  }
}
