import { setImmediate as turn } from 'node:timers/promises';
import type { Element } from '@xmpp/component';
import type { Wire } from '../xmpp/wire.js';

/** So many stanzas are kept in memory; what comes then is lost, and counted. */
const MOST = 100_000;
/** So many are given in one turn of the event loop. */
const LOT = 200;

/**
 * Keeps what comes on an inherited stream until the spool is open, in order. It is read all the time: ejabberd closes
 * a connection to which it could not write for 15 s.
 */
export class Early {
  readonly #stream: Wire;
  readonly #most: number;
  #kept: Element[] = [];
  #lost = 0;
  readonly #keep = (stanza: Element) => {
    if (this.#kept.length < this.#most) this.#kept.push(stanza);
    else this.#lost++;
  };

  constructor(stream: Wire, most = MOST) {
    this.#stream = stream;
    this.#most = most;
    stream.on('stanza', this.#keep);
  }

  /** Gives what was kept, then what comes from then on. Returns how many there was no room for. */
  async giveTo(read: (stanza: Element) => void): Promise<number> {
    for (let next = 0; ; await turn()) {
      const lot = this.#kept.slice(next, next + LOT);
      next += lot.length;
      for (const stanza of lot) this.#give(stanza, read);
      if (next < this.#kept.length) continue;
      this.#kept = [];
      this.#stream.off('stanza', this.#keep);
      this.#stream.on('stanza', read);
      return this.#lost;
    }
  }

  /** As the stream does it: what a reader throws is told, and the next one is given. */
  #give(stanza: Element, read: (stanza: Element) => void): void {
    try {
      read(stanza);
    } catch (error) {
      this.#stream.emit('handlerError', error, 'stanza');
    }
  }
}
