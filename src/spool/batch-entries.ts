import {
  type Entry,
  type Hand,
  KIND,
  MESSAGE_TEXTS,
  NO_TEXT,
  NOT_ANSWERED,
  type Packed,
  type Prove,
  type Store,
  type Text,
  WAYS,
} from './batch-form.js';
import type { NewMessage } from './content.js';

/**
 * The entries of a batch, one by one, so that no more than one is in memory. The texts of one may be parts of a larger
 * one, so who keeps one makes a copy of its own.
 */
export function* entriesOf(packed: Packed): Generator<Entry> {
  const reader = new Reader(packed);
  while (!reader.atEnd) yield reader.entry();
}

class Reader {
  readonly #numbers: Packed['numbers'];
  #at = 0;
  readonly #bytes: Buffer;
  #bytesAt = 0;
  /** The texts of the entry that is read, and where the next one begins and has its length. */
  #texts = '';
  #textAt = 0;
  #lengthAt = 0;

  constructor({ numbers, texts }: Packed) {
    this.#numbers = numbers;
    this.#bytes = Buffer.from(texts.buffer, texts.byteOffset, texts.byteLength);
  }

  get atEnd(): boolean {
    return this.#at >= this.#numbers.length;
  }

  entry(): Entry {
    switch (this.#number()) {
      case KIND.store:
        return this.#store();
      case KIND.hand:
        return this.#hand();
      case KIND.mark:
        return { do: 'mark', session: this.#number(), ping: this.#number() };
      case KIND.prove:
        return this.#prove();
      default:
        this.#open(1);
        return JSON.parse(this.#text() as string) as Entry;
    }
  }

  #store(): Store {
    const again = this.#number() === 1;
    const message = this.#message();
    const account = this.#text();
    const resource = this.#text();
    if (account === null || resource === null) return { do: 'store', message, again };
    return { do: 'store', message, writer: { account, resource }, again };
  }

  #hand(): Hand {
    const session = this.#number();
    const group = this.#number();
    const way = WAYS[this.#number()] as Hand['way'];
    const flags = this.#number();
    const [fresh, refers] = [flags % 2 === 1, flags >= 2];
    const message = this.#number() === 1 ? this.#message() : null;
    if (message === null) this.#open(2);
    const account = this.#text() as string;
    const identity = this.#text() as string;
    return { do: 'hand', session, group, account, identity, way, fresh, refers, message };
  }

  #prove(): Prove {
    const session = this.#number();
    const ping = this.#number();
    const at = this.#number();
    const answeredIn = this.#number();
    const took = answeredIn === NOT_ANSWERED ? null : answeredIn;
    const count = this.#number();
    const groups = Array.from(this.#numbers.subarray(this.#at, this.#at + count));
    this.#at += count;
    return { do: 'prove', session, ping, groups, at, took };
  }

  /** A message; two texts follow it. */
  #message(): NewMessage {
    const receivedAt = this.#number();
    const stamp = this.#number();
    const expiresAt = this.#number();
    const flags = this.#number();
    this.#open(MESSAGE_TEXTS + 2);
    return {
      account: this.#text() as string,
      room: this.#text(),
      alone: flags % 2 === 1,
      counts: flags >= 2,
      sentBy: this.#text(),
      identity: this.#text() as string,
      from: this.#text() as string,
      to: this.#text() as string,
      type: this.#text(),
      stanzaId: this.#text(),
      lang: this.#text(),
      payload: this.#text() as string,
      refersTo: this.#text(),
      receivedAt,
      stamp,
      expiresAt,
    };
  }

  #number(): number {
    return this.#numbers[this.#at++] as number;
  }

  /** Has the texts of an entry read one by one. */
  #open(count: number): void {
    this.#lengthAt = this.#at;
    this.#at += count;
    const end = this.#bytesAt + this.#number();
    this.#texts = this.#bytes.toString('utf8', this.#bytesAt, end);
    this.#bytesAt = end;
    this.#textAt = 0;
  }

  #text(): Text {
    const length = this.#numbers[this.#lengthAt++] as number;
    if (length === NO_TEXT) return null;
    const start = this.#textAt;
    this.#textAt += length;
    return this.#texts.slice(start, this.#textAt);
  }
}
