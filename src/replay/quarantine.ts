import type { StreamError } from '../xmpp/stanza.js';
import type { Outgoing } from './stanza.js';

export interface QuarantineOptions {
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** Resolves true once the server has read all that was sent so far, false where the stream has ended before. */
  confirm(): Promise<boolean>;
  /** Sets a message aside, for all who are owed it. */
  refuse(id: number, reason: string): void;
  /** One line worth an operator's knowing. */
  note(line: string): void;
}

/**
 * Stream errors that accuse what was sent (RFC 6120, section 4.9.3). All others say that the server goes, that somebody
 * else has come, or that it has too much to do: of those no message is guilty.
 */
const ACCUSING: ReadonlySet<string> = new Set([
  ...['bad-format', 'bad-namespace-prefix', 'improper-addressing', 'invalid-namespace', 'invalid-xml'],
  ...['not-well-formed', 'policy-violation', 'restricted-xml', 'unsupported-encoding'],
  'unsupported-stanza-type',
]);
/** Of so many at most it is remembered that they are suspected. */
const MOST_SUSPECTS = 100_000;

type Message = Extract<Outgoing, { text: string }>;

/**
 * Puts messages on the stream, and sets aside those that cannot be sent. One that the server does not take ends the
 * stream, for everybody, each time that it is sent: so when a stream error accuses what was sent, all that the server
 * may not have read by then is suspected. A suspect goes out alone the next time, and nothing follows it until the
 * server has read it. If the stream ends over it again, it is refused; else it is no suspect any more.
 */
export class Quarantine {
  readonly #options: QuarantineOptions;
  /** What was sent, and the server may not have read yet. */
  #unread: number[] = [];
  #isConfirming = false;
  readonly #suspects = new Set<number>();
  /** The suspect that is on its way, alone. */
  #alone: number | null = null;
  /** What comes now waits for what goes out one by one. */
  #turn: Promise<boolean> | null = null;

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  /**
   * Puts messages on the stream, in their order; those that are suspected one by one, which takes its time.
   * @returns false where the stream is gone
   */
  put(messages: readonly Outgoing[]): boolean | Promise<boolean> {
    const sendable = messages.filter(message => this.#isSendable(message));
    if (this.#turn === null && !this.#isSuspected(sendable)) return this.#together(sendable);
    const before = this.#turn ?? Promise.resolve(true);
    const turn = before.then(() =>
      this.#isSuspected(sendable) ? this.#oneByOne(sendable) : this.#together(sendable),
    );
    this.#turn = turn;
    void turn.then(() => {
      if (this.#turn === turn) this.#turn = null;
    });
    return turn;
  }

  /** The stream is gone; with an error, or without a word. */
  lost(error: StreamError | null): void {
    const [alone, unread] = [this.#alone, this.#unread];
    this.#alone = null;
    this.#unread = [];
    if (error === null || !ACCUSING.has(error.condition)) return;
    if (alone !== null) {
      this.#suspects.delete(alone);
      return this.#refuse(alone, `the server ended the stream over it: ${error.said}`);
    }
    for (const id of unread) if (this.#suspects.size < MOST_SUSPECTS) this.#suspects.add(id);
    if (unread.length === 0) return;
    this.#options.note(
      `the server did not take something that was sent (${error.said}): ` +
        `it may be any of these ${unread.length} messages, which go out one by one from now on`,
    );
  }

  #isSendable(message: Outgoing): message is Message {
    if ('text' in message) return true;
    this.#refuse(message.id, message.unsendable);
    return false;
  }

  #isSuspected(messages: readonly Message[]): boolean {
    return this.#suspects.size > 0 && messages.some(({ id }) => this.#suspects.has(id));
  }

  #together(messages: readonly Message[]): boolean {
    if (messages.length === 0) return true;
    if (!this.#options.send(messages.map(({ text }) => text).join(''))) return false;
    for (const { id } of messages) this.#unread.push(id);
    if (!this.#isConfirming) void this.#confirm();
    return true;
  }

  /** Finds out what has been read, until nothing is left to find out. */
  async #confirm(): Promise<void> {
    this.#isConfirming = true;
    while (this.#unread.length > 0) {
      const sent = this.#unread;
      const count = sent.length;
      if (!(await this.#options.confirm())) break;
      if (sent === this.#unread) sent.splice(0, count); // else that stream is gone, and this is of another one
    }
    this.#isConfirming = false;
  }

  async #oneByOne(messages: readonly Message[]): Promise<boolean> {
    const { send, confirm } = this.#options;
    if (this.#unread.length > 0 && !(await confirm())) return false;
    for (const message of messages) {
      if (!send(message.text)) return false;
      this.#alone = message.id;
      if (!(await confirm())) return false;
      this.#alone = null;
      this.#suspects.delete(message.id);
    }
    return true;
  }

  #refuse(id: number, reason: string): void {
    this.#options.refuse(id, reason);
    this.#options.note(`message ${id} cannot be sent and is set aside: ${reason} (respool queue show ${id})`);
  }
}
