import type { Element } from '@xmpp/component';
import type { SpoolPort } from '../spool/client.js';
import { describe } from '../xmpp/describe.js';
import { errorTo } from '../xmpp/error.js';
import { Giving, type Source } from './giving.js';
import { iqTo, isWish, type Page, readAgain, readPage, readWant, writePage, writeTaken } from './words.js';

export interface AnsweringOptions {
  domain: string;
  peer: string;
  send(text: string): boolean;
  spool: SpoolPort;
  /** What the other one is given. */
  source: Source;
  /** Only who acts has the books that the other one is to take over. */
  acts(): boolean;
  /** The other one has given all that was missing here. */
  given(): void;
  /** One line worth an operator's knowing. */
  note(line: string): void;
}

/** Answers the other respool, which wants what this one has, or gives what this one cannot know. */
export class Answering {
  readonly #options: AnsweringOptions;
  readonly #giving: Giving;

  constructor(options: AnsweringOptions) {
    this.#options = options;
    this.#giving = new Giving(options.source);
  }

  /** Takes an iq of the other one. True where it was of this. */
  take(iq: Element): boolean {
    if (!isWish(iq)) return false;
    void this.#answerTo(iq).then(
      payload => this.#answer(iq, payload),
      error => {
        this.#options.note(`what ${this.#options.peer} wants cannot be given: ${describe(error)}`);
        this.#answer(iq, null);
      },
    );
    return true;
  }

  stop(): void {
    this.#giving.stop();
  }

  /** @returns null where it cannot be given now @throws where what is wanted cannot be read, or the spool cannot */
  async #answerTo(iq: Element): Promise<string | null> {
    const page = readPage(iq);
    if (page !== undefined) return this.#store(page);
    if (!this.#options.acts()) return null;
    const [want, again] = [readWant(iq), readAgain(iq)];
    const given = await (want === undefined
      ? this.#giving.again(again ?? [])
      : this.#giving.page(want.of, want.nth));
    return given === null ? null : writePage(given);
  }

  /**
   * Stores messages of the other one from the time before this one had all copies. Returns the answer, or null where the
   * spool cannot be written.
   */
  async #store({ records, last: isLast }: Page): Promise<string | null> {
    const { spool } = this.#options;
    const ids = records.map(record => ('id' in record ? record.id : 0));
    const [first, last] = [Math.min(...ids), Math.max(...ids)];
    const base = await spool.ask({ ask: 'reserve', ids: records.length === 0 ? 0 : last - first + 1 });
    if (base === undefined) return null;
    const stored = await spool.ask({ ask: 'restore', records, offset: base + 1 - first });
    if (stored === undefined) return null;
    if (isLast) this.#options.given();
    return writeTaken();
  }

  #answer(iq: Element, payload: string | null): void {
    const { domain: from, peer: to, send } = this.#options;
    const { id = '' } = iq.attrs;
    const answer =
      payload === null ? errorTo(iq, 'item-not-found') : iqTo({ from, to, id, type: 'result' }, payload);
    if (answer !== null) send(answer);
  }
}
