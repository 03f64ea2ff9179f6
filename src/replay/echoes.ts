import type { Taken } from '../spool/command.js';
import type { ReplayMarks } from '../tap/event.js';
import { parseJid } from '../xmpp/jid.js';

/** Copies of a session's own replays that are still to come back, and are no news then. */
export class Echoes {
  readonly #expected = new Map<string, number>();

  /** This is being replayed. */
  expect({ from, stanzaId, stamp }: Taken): void {
    const key = keyOf({ from: parseJid(from)?.full ?? from, id: stanzaId ?? undefined, stamp });
    this.#expected.set(key, (this.#expected.get(key) ?? 0) + 1);
  }

  /** True where such a copy was expected; it is so once less from now on. */
  take(marks: ReplayMarks): boolean {
    const key = keyOf(marks);
    const expected = this.#expected.get(key);
    if (expected === undefined) return false;
    if (expected === 1) this.#expected.delete(key);
    else this.#expected.set(key, expected - 1);
    return true;
  }

  /** None is to come any more. */
  clear(): void {
    this.#expected.clear();
  }
}

function keyOf({ from, id, stamp }: ReplayMarks): string {
  return `${stamp} ${id ?? ''} ${from}`;
}
