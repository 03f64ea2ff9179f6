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
  readonly #byJid = new Map<string, { handed: Handed[]; at: number }>();

  /** @param jid the full JID addressed, in normal form */
  note(jid: string, handed: Handed, now: number): void {
    for (const [oldest, { at }] of this.#byJid) {
      if (now - at <= SHOWN_WITHIN) break;
      this.#byJid.delete(oldest);
    }
    const known = this.#byJid.get(jid);
    if (known === undefined) this.#byJid.set(jid, { handed: [handed], at: now });
    else known.handed.push(handed);
  }

  /** The session shows itself. Returns what others were wrongly taken to have. */
  shown(jid: string, now: number): Handed[] {
    const known = this.#byJid.get(jid);
    this.#byJid.delete(jid);
    return known === undefined || now - known.at > SHOWN_WITHIN ? [] : known.handed;
  }
}
