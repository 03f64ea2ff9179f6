import type { Taken } from '../spool/content.js';
import type { ReplayMarks } from '../tap/marks.js';
import { shortKey } from '../xmpp/short-key.js';
import { writable } from '../xmpp/stamp.js';

/** So many are awaited at most: where a session's copies do not come at all, they are not to pile up. */
const MOST = 10_000;

interface Echo {
  readonly key: string;
  readonly stamp: number;
  readonly chunk: number;
  /** In which it was sent, see signs.ts. */
  readonly era: number;
}

/**
 * Copies of a session's own replays that are still to come back, and are no news then. After a sign of a new stream such
 * a copy is news: the replay met nobody, and mod_offline, which adds no stamp where the vhost's stands, has brought it.
 */
export class Echoes {
  /** In the order of their sending, which is that of the copies; null: it has come out of turn. */
  #expected: (Echo | null)[] = [];
  /** The first of them that has not come. */
  #next = 0;

  /** This chunk is being replayed, in this era. */
  expect(chunk: number, messages: readonly Taken[], era: number): void {
    const marks = messages.map(({ from, stanzaId, stamp }) => {
      return { key: keyOf(from, stanzaId ?? undefined), stamp: writable(stamp), chunk, era };
    });
    this.#expected = [...this.#expected.slice(this.#next), ...marks].slice(-MOST);
    this.#next = 0;
  }

  /** True where such a copy was expected, in this era; it is so once less from now on. */
  take({ from, id, stamp }: ReplayMarks, era: number): boolean {
    let key: string | undefined;
    for (let at = this.#next; at < this.#expected.length; at++) {
      const one = this.#expected[at];
      if (one?.stamp !== stamp) continue;
      key ??= keyOf(from, id);
      if (one.key !== key) continue;
      this.#expected[at] = null;
      while (this.#expected[this.#next] === null) this.#next++;
      return one.era === era;
    }
    return false;
  }

  /** Has some of these chunks not come back? */
  lack(chunks: readonly number[]): boolean {
    if (this.#next >= this.#expected.length) return false;
    const asked = new Set(chunks);
    return this.#expected.some(echo => echo !== null && asked.has(echo.chunk));
  }

  /** None is to come any more. */
  clear(): void {
    this.#expected = [];
    this.#next = 0;
  }
}

/** Sender and id, which he chooses; one that has none is another than an empty one. */
function keyOf(from: string | undefined, id: string | undefined): string {
  return shortKey(id === undefined ? `${from}` : `${from}\n${id}`);
}
