import type { Command, NewMessage, Question } from './command.js';

type Entry = Command | Question;
type Value = string | number | boolean | null;
type Store = Extract<Command, { do: 'store' }>;
type Hand = Extract<Command, { do: 'hand' }>;

/** What an entry is written as. */
const KIND = { json: 0, store: 1, hand: 2 } as const;
/** What a value is written as. */
const TYPE = { null: 0, false: 1, true: 2, number: 3, text: 4 } as const;
/** A batch begins with room for so many bytes. */
const SMALL = 1 << 12;
/** Of UTF-8 for one UTF-16 unit. */
const MOST_BYTES = 3;
/** Before a value or a text: its type, and its length or the number itself. */
const HEAD = 9;

/**
 * What the spool is told and asked, in order, as bytes: thousands of objects that wait a moment for the disk would keep
 * the garbage collectors of both threads busy, bytes cost them nothing. The entries that a busy server makes most of
 * are written value by value, the rest as JSON.
 */
export class Batch {
  #bytes = Buffer.allocUnsafeSlow(SMALL);
  #length = 0;
  #count = 0;

  /** How many entries are in it. */
  get count(): number {
    return this.#count;
  }

  /** Its size in bytes. */
  get size(): number {
    return this.#length;
  }

  add(entry: Entry): void {
    this.#count++;
    if ('do' in entry && entry.do === 'store') this.#store(entry);
    else if ('do' in entry && entry.do === 'hand') this.#hand(entry);
    else this.#values(KIND.json, JSON.stringify(entry));
  }

  /** A copy of what was added, for the other thread. */
  copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer.slice(0, this.#length));
  }

  #store({ message, writer }: Store): void {
    this.#values(KIND.store, writer?.account ?? null, writer?.resource ?? null);
    this.#message(message);
  }

  #hand({ session, group, account, identity, way, fresh, message }: Hand): void {
    this.#values(KIND.hand, session, group, account, identity, way, fresh, message !== null);
    if (message !== null) this.#message(message);
  }

  #message(message: NewMessage): void {
    const { account, room, sentBy, identity, from, to, type, stanzaId, lang, payload } = message;
    this.#values(account, room, sentBy, identity, from, to, type, stanzaId, lang, payload);
    this.#values(message.receivedAt, message.stamp, message.expiresAt);
  }

  #values(...values: Value[]): void {
    for (const value of values) {
      this.#makeRoom(HEAD + (typeof value === 'string' ? value.length * MOST_BYTES : 0));
      if (typeof value === 'string') this.#text(value);
      else if (typeof value === 'number') this.#number(value);
      else this.#bytes[this.#length++] = value === null ? TYPE.null : value ? TYPE.true : TYPE.false;
    }
  }

  #number(value: number): void {
    this.#bytes[this.#length] = TYPE.number;
    this.#bytes.writeDoubleLE(value, this.#length + 1);
    this.#length += HEAD;
  }

  #text(text: string): void {
    this.#bytes[this.#length] = TYPE.text;
    const size = this.#bytes.write(text, this.#length + HEAD, 'utf8');
    this.#bytes.writeUInt32LE(size, this.#length + 1);
    this.#length += HEAD + size;
  }

  #makeRoom(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** The entries of a batch, one by one, so that no more than one is in memory. */
export function* entriesOf(bytes: Uint8Array): Generator<Entry> {
  const reader = new Reader(bytes);
  while (!reader.atEnd) yield reader.entry();
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#bytes = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  entry(): Entry {
    switch (this.#value()) {
      case KIND.store:
        return this.#store();
      case KIND.hand:
        return this.#hand();
      default:
        return JSON.parse(this.#value() as string) as Entry;
    }
  }

  #store(): Store {
    const [account, resource] = [this.#value() as string | null, this.#value() as string | null];
    const message = this.#message();
    if (account === null || resource === null) return { do: 'store', message };
    return { do: 'store', message, writer: { account, resource } };
  }

  #hand(): Hand {
    // in the order in which they were written
    const hand = {
      do: 'hand' as const,
      session: this.#value() as number,
      group: this.#value() as number,
      account: this.#value() as string,
      identity: this.#value() as string,
      way: this.#value() as Hand['way'],
      fresh: this.#value() as boolean,
    };
    return { ...hand, message: this.#value() === true ? this.#message() : null };
  }

  #message(): NewMessage {
    return {
      account: this.#value() as string,
      room: this.#value() as string | null,
      sentBy: this.#value() as string | null,
      identity: this.#value() as string,
      from: this.#value() as string,
      to: this.#value() as string,
      type: this.#value() as string | null,
      stanzaId: this.#value() as string | null,
      lang: this.#value() as string | null,
      payload: this.#value() as string,
      receivedAt: this.#value() as number,
      stamp: this.#value() as number,
      expiresAt: this.#value() as number,
    };
  }

  #value(): Value {
    const type = this.#bytes[this.#at++];
    switch (type) {
      case TYPE.text: {
        const start = this.#at + HEAD - 1;
        const end = start + this.#bytes.readUInt32LE(this.#at);
        this.#at = end;
        return this.#bytes.toString('utf8', start, end);
      }
      case TYPE.number: {
        const value = this.#bytes.readDoubleLE(this.#at);
        this.#at += HEAD - 1;
        return value;
      }
      case TYPE.null:
        return null;
      default:
        return type === TYPE.true;
    }
  }
}
