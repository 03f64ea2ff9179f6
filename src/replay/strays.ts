/** A session that is bound shows itself within this time, in ms. */
export const SHOWN_WITHIN = 2_000;

/** A group that was handed to a session. */
export interface Handed {
  session: number;
  group: number;
}

/**
 * What came for a full JID at which no session was known, at once or in a flood, so that another of the account was
 * taken to have it. The one addressed may have been there all the same, bound a moment ago and not seen yet (the bind is
 * not copied): then it has it, and the other one has not. No ping proves it before that time is over.
 */
export class Strays {
  readonly #byJid = new Map<string, Noted[]>();

  /**
   * @param jid the full JID addressed, in normal form
   * @param within how long it may still show itself, in ms
   */
  note(jid: string, handed: Handed, now: number, within: number): void {
    for (const [oldest, noted] of this.#byJid) {
      if (isOpen(noted.at(-1), now)) break;
      this.#byJid.delete(oldest);
    }
    const noted = this.#byJid.get(jid) ?? [];
    // who writes to a JID that is gone may do so for days: half at a time, for to take out the first costs the rest
    const half = noted.length >> 1;
    if (half > 0 && !isOpen(noted[half], now)) noted.splice(0, half);
    noted.push({ handed, until: now + within });
    this.#byJid.delete(jid); // it is the last to be forgotten now
    this.#byJid.set(jid, noted);
  }

  /** How many are remembered. */
  get size(): number {
    return [...this.#byJid.values()].reduce((sum, noted) => sum + noted.length, 0);
  }

  /** The session shows itself. Returns what others were wrongly taken to have. */
  shown(jid: string, now: number): Handed[] {
    const noted = this.#byJid.get(jid) ?? [];
    this.#byJid.delete(jid);
    return noted.filter(one => isOpen(one, now)).map(({ handed }) => handed);
  }
}

interface Noted {
  handed: Handed;
  /** Until then it may turn out to be wrong. */
  until: number;
}

function isOpen(noted: Noted | undefined, now: number): boolean {
  return noted !== undefined && noted.until >= now;
}
