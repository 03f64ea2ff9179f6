import type { Taken } from '../spool/command.js';
import type { ReplayMarks } from '../tap/marks.js';
import { writable } from '../xmpp/stamp.js';

/** So many are awaited at most: where a session's copies do not come at all, they are not to pile up. */
const MOST = 10_000;

/** Copies of a session's own replays that are still to come back, and are no news then. */
export class Echoes {
  /** In the order of their sending, which is that of the copies; null: it has come out of turn. */
  #expected: (ReplayMarks | null)[] = [];
  /** The first of them that has not come. */
  #next = 0;

  /** These are being replayed. */
  expect(messages: readonly Taken[]): void {
    const marks = messages.map(({ from, stanzaId, stamp }) => {
      return { from, id: stanzaId ?? undefined, stamp: writable(stamp) };
    });
    this.#expected = [...this.#expected.slice(this.#next), ...marks].slice(-MOST);
    this.#next = 0;
  }

  /** True where such a copy was expected; it is so once less from now on. */
  take({ from, id, stamp }: ReplayMarks): boolean {
    for (let at = this.#next; at < this.#expected.length; at++) {
      const one = this.#expected[at];
      if (one?.stamp !== stamp || one.id !== id || one.from !== from) continue;
      this.#expected[at] = null;
      while (this.#expected[this.#next] === null) this.#next++;
      return true;
    }
    return false;
  }

  /** None is to come any more. */
  clear(): void {
    this.#expected = [];
    this.#next = 0;
  }
}
