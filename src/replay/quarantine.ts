import type { Outgoing } from './stanza.js';

export interface QuarantineOptions {
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** Sets a message aside, for all who are owed it. */
  refuse(id: number, reason: string): void;
  /** One line worth an operator's knowing. */
  note(line: string): void;
}

/**
 * Puts messages on the stream; one that cannot be sent is set aside, so that it does not hold up the others.
 */
export class Quarantine {
  readonly #options: QuarantineOptions;

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  /** Puts messages on the stream, in their order. Returns false where it is gone. */
  put(messages: readonly Outgoing[]): boolean {
    let text = '';
    for (const message of messages) {
      if ('text' in message) text += message.text;
      else this.#refuse(message.id, message.unsendable);
    }
    return text === '' || this.#options.send(text);
  }

  #refuse(id: number, reason: string): void {
    this.#options.refuse(id, reason);
    this.#options.note(`message ${id} cannot be sent and is set aside: ${reason} (respool queue show ${id})`);
  }
}
