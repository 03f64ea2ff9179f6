import type { Command } from './command.js';
import type { NewMessage } from './content.js';
import type { Question } from './question.js';

type Entry = Command | Question;
type Text = string | null;
type Store = Extract<Command, { do: 'store' }>;
type Hand = Extract<Command, { do: 'hand' }>;
type Mark = Extract<Command, { do: 'mark' }>;
type Prove = Extract<Command, { do: 'prove' }>;

/** The entries of a batch in two blocks of memory that both threads see. */
export interface Packed {
  /** Of each entry its kind and what is a number in it, among that the lengths of its texts. */
  numbers: Float64Array<SharedArrayBuffer>;
  /** The texts of each entry, one behind the other, in UTF-8. */
  texts: Buffer<SharedArrayBuffer>;
}

/** What an entry is written as. */
const KIND = { json: 0, store: 1, hand: 2, mark: 3, prove: 4 } as const;
/** How a text is written that is null. */
const NO_TEXT = -1;
/** In place of the time that an answer took. */
const NOT_ANSWERED = -1;
/** A batch begins with room for so much. */
const SMALL = { numbers: 1 << 8, texts: 1 << 12 };
/** An entry has no more, but for a list in it. */
const MOST_NUMBERS = 32;
/** Of UTF-8 for one UTF-16 unit. */
const MOST_BYTES = 3;
/** How many texts a message has. */
const MESSAGE_TEXTS = 11;
const WAYS: readonly Hand['way'][] = ['live', 'flood', 'resent', 'carbon', 'archive'];

/**
 * What the spool is told and asked, in order, as numbers and bytes: thousands of objects that wait a moment for the disk
 * would keep the garbage collectors of both threads busy, bytes cost them nothing. The entries that a busy server makes
 * most of are written value by value, the rest as JSON. All texts of an entry are encoded as one.
 */
export class Batch {
  #numbers = sharedNumbers(SMALL.numbers);
  #numbersLength = 0;
  #texts = sharedBytes(SMALL.texts);
  #textsLength = 0;
  #count = 0;
  /** The texts of the entry that is added. */
  #entryTexts = '';

  /** How many entries are in it. */
  get count(): number {
    return this.#count;
  }

  /** Its size in bytes. */
  get size(): number {
    return this.#textsLength + this.#numbersLength * Float64Array.BYTES_PER_ELEMENT;
  }

  /** Forgets what was added, but keeps the memory for what comes. */
  clear(): void {
    this.#numbersLength = 0;
    this.#textsLength = 0;
    this.#count = 0;
  }

  add(entry: Entry): void {
    this.#count++;
    this.#makeRoom(MOST_NUMBERS);
    switch ('do' in entry ? entry.do : entry.ask) {
      case 'store':
        return this.#store(entry as Store);
      case 'hand':
        return this.#hand(entry as Hand);
      case 'mark':
        return this.#mark(entry as Mark);
      case 'prove':
        return this.#prove(entry as Prove);
      default:
        this.#number(KIND.json);
        this.#text(JSON.stringify(entry));
        this.#endTexts();
    }
  }

  /** What was added, for the other thread to read; until it has, nothing is to be added and nothing cleared. */
  get packed(): Packed {
    return {
      numbers: this.#numbers.subarray(0, this.#numbersLength),
      texts: this.#texts.subarray(0, this.#textsLength),
    };
  }

  #store({ message, writer, again }: Store): void {
    this.#number(KIND.store);
    this.#number(again === true ? 1 : 0);
    this.#message(message, writer?.account ?? null, writer?.resource ?? null);
  }

  #hand({ session, group, account, identity, way, fresh, refers, message }: Hand): void {
    this.#number(KIND.hand);
    this.#number(session);
    this.#number(group);
    this.#number(WAYS.indexOf(way));
    this.#number((fresh ? 1 : 0) + (refers === true ? 2 : 0));
    this.#number(message === null ? 0 : 1);
    if (message !== null) return this.#message(message, account, identity);
    this.#text(account);
    this.#text(identity);
    this.#endTexts();
  }

  #mark({ session, ping }: Mark): void {
    this.#number(KIND.mark);
    this.#number(session);
    this.#number(ping);
  }

  #prove({ session, ping, groups, at, took }: Prove): void {
    this.#number(KIND.prove);
    this.#number(session);
    this.#number(ping);
    this.#number(at);
    this.#number(took ?? NOT_ANSWERED);
    this.#number(groups.length);
    this.#makeRoom(groups.length);
    for (const group of groups) this.#number(group);
  }

  #message(message: NewMessage, account: Text, name: Text): void {
    this.#number(message.receivedAt);
    this.#number(message.stamp);
    this.#number(message.expiresAt);
    this.#number((message.alone ? 1 : 0) + (message.counts ? 2 : 0));
    this.#text(message.account);
    this.#text(message.room);
    this.#text(message.sentBy);
    this.#text(message.identity);
    this.#text(message.from);
    this.#text(message.to);
    this.#text(message.type);
    this.#text(message.stanzaId);
    this.#text(message.lang);
    this.#text(message.payload);
    this.#text(message.refersTo);
    this.#text(account);
    this.#text(name);
    this.#endTexts();
  }

  #number(value: number): void {
    this.#numbers[this.#numbersLength++] = value;
  }

  #text(text: Text): void {
    this.#number(text === null ? NO_TEXT : text.length);
    if (text !== null) this.#entryTexts += text;
  }

  #endTexts(): void {
    const texts = this.#entryTexts;
    this.#entryTexts = '';
    const needed = this.#textsLength + texts.length * MOST_BYTES;
    if (needed > this.#texts.length) {
      const larger = sharedBytes(Math.max(needed, 2 * this.#texts.length));
      this.#texts.copy(larger, 0, 0, this.#textsLength);
      this.#texts = larger;
    }
    const size = this.#texts.write(texts, this.#textsLength);
    this.#number(size);
    this.#textsLength += size;
  }

  #makeRoom(numbers: number): void {
    const needed = this.#numbersLength + numbers;
    if (needed <= this.#numbers.length) return;
    const larger = sharedNumbers(Math.max(needed, 2 * this.#numbers.length));
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}

function sharedNumbers(count: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(count * Float64Array.BYTES_PER_ELEMENT));
}

function sharedBytes(count: number): Buffer<SharedArrayBuffer> {
  return Buffer.from(new SharedArrayBuffer(count));
}

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
