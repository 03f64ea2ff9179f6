import {
  type Entry,
  type Hand,
  KIND,
  type Mark,
  NO_TEXT,
  NOT_ANSWERED,
  type Packed,
  type Prove,
  type Store,
  type Text,
  WAYS,
} from './batch-form.js';
import type { NewMessage } from './content.js';

/** A batch begins with room for so much. */
const SMALL = { numbers: 1 << 8, texts: 1 << 12 };
/** An entry has no more, but for a list in it. */
const MOST_NUMBERS = 32;
/** Of UTF-8 for one UTF-16 unit. */
const MOST_BYTES = 3;

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
