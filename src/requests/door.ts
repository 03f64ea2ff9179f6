import type { Element } from '@xmpp/component';
import type { AdHoc } from '../commands/ad-hoc.js';
import { type About, answerTo } from '../xmpp/answers.js';
import { type Jid, parseJid } from '../xmpp/jid.js';

/** Who has asked something in the component's name: takes a stanza where it is the answer, and says whether it is. */
export type Asker = (stanza: Element, from: Jid) => boolean;

export interface DoorOptions {
  /** In this order; the first that takes a stanza has it. */
  askers: readonly Asker[];
  adHoc: Pick<AdHoc, 'isRequest' | 'answer'>;
  about: About;
  send(text: string): void;
}

/** The one door for what is addressed to the component itself: answers to what it has asked, and what others ask of it. */
export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  enter(stanza: Element): void {
    const { askers, adHoc, about } = this.#options;
    const from = parseJid(stanza.attrs.from);
    if (from !== null && askers.some(takes => takes(stanza, from))) return;
    if (adHoc.isRequest(stanza)) void adHoc.answer(stanza).then(answer => this.#say(answer));
    else this.#say(answerTo(stanza, about));
  }

  #say(answer: string | null): void {
    if (answer !== null) this.#options.send(answer);
  }
}
