import { namesAny, needlesOf } from './forget.js';

/** Memory for the lines of most batches, in bytes. */
const LOT = 1 << 16;
/** More than this is given back after a batch, in bytes. */
const LARGEST = 8 << 20;
/** Of UTF-8 for one UTF-16 unit. */
const MOST_BYTES = 3;

/** The lines of the batch at hand, in memory that is used again for the next one. */
export class BatchOfLines {
  #memory = Buffer.allocUnsafe(LOT);
  #length = 0;

  /** @param text one line, with its end */
  add(text: string): void {
    const most = this.#length + text.length * MOST_BYTES;
    if (most > this.#memory.length) {
      const larger = Buffer.allocUnsafe(2 * most);
      this.#memory.copy(larger, 0, 0, this.#length);
      this.#memory = larger;
    }
    this.#length += this.#memory.write(text, this.#length);
  }

  /** Ends the batch. Returns its lines, which are good until the next one begins. */
  take(): Buffer {
    const lines = this.#memory.subarray(0, this.#length);
    this.#length = 0;
    if (this.#memory.length > LARGEST) this.#memory = Buffer.allocUnsafe(LOT);
    return lines;
  }

  /** Each line that names this account goes. */
  leaveOut(account: string): void {
    const needles = needlesOf([account]);
    const lines = this.#memory.toString('utf8', 0, this.#length).split('\n').slice(0, -1);
    const others = lines.filter(line => !namesAny(Buffer.from(line), needles));
    if (others.length === lines.length) return;
    this.#length = others.reduce((at, line) => at + this.#memory.write(`${line}\n`, at), 0);
  }
}
