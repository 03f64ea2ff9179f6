import { randomBytes } from 'node:crypto';
import type { Element } from '@xmpp/component';
import type { Clock } from '../replay/clock.js';
import { iqTo, readWord, type Word, writeWord } from './words.js';

export interface HeartbeatOptions {
  clock: Clock;
  /** The component's own domain. */
  domain: string;
  /** That of the other respool. */
  peer: string;
  /** Puts stanzas on the stream; false while there is none. */
  send(text: string): boolean;
  /** What this one says of itself now. */
  word(): Word;
  /** The other one says this of itself. */
  heard(word: Word): void;
  /** The other one is not there. */
  gone(why: string): void;
}

/** Between two beats, in ms. */
const BEAT = 1_000;
/**
 * Who is not heard of for so long is gone, in ms: where a machine vanishes, ejabberd goes on writing to its socket for
 * some time, and returns nothing.
 */
const SILENCE = 4_000;

/**
 * Asks the other respool once a second how it is, through ejabberd, so that what the two see of each other is what counts.
 * Where it is not connected, ejabberd returns the iq at once. While it is, nobody else can write in its name: a
 * component's domain is the server's own.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  /** Of this process, so that the other's answers to one before it are no answers. */
  readonly #prefix = randomBytes(6).toString('hex');
  #beats = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  #callOff: (() => void) | null = null;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** The stream is there. */
  start(): void {
    this.stop();
    this.#heardAt = this.#options.clock.now();
    this.#beat();
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
  }

  /** Says how this one is now, not only at the next beat. */
  tell(): void {
    const { domain: from, peer: to, send, word } = this.#options;
    send(iqTo({ from, to, id: `${this.#prefix}-${++this.#beats}`, type: 'get' }, writeWord(word())));
  }

  /** Takes an iq of the other one, or of ejabberd in its place. True where it was of this. */
  take(iq: Element): boolean {
    const { domain: from, peer: to, send, word, heard, gone, clock } = this.#options;
    const { type, id = '' } = iq.attrs;
    if (type === 'error') {
      const isOwn = id === `${this.#prefix}-${this.#beats}`;
      if (isOwn) gone('ejabberd returns what is sent to it');
      return isOwn;
    }
    const said = readWord(iq);
    if (said === undefined) return false;
    if (type === 'result' && !id.startsWith(`${this.#prefix}-`)) return true;
    this.#heardAt = clock.now();
    heard(said);
    if (type === 'get') send(iqTo({ from, to, id, type: 'result' }, writeWord(word())));
    return true;
  }

  #beat(): void {
    const { clock, gone } = this.#options;
    this.#callOff = clock.after(BEAT, () => this.#beat());
    this.tell();
    const silent = clock.now() - this.#heardAt;
    if (silent > SILENCE) gone(`it has not been heard of for ${Math.round(silent / 1000)} s`);
  }
}
