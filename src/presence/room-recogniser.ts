import { shortKey } from '../xmpp/short-key.js';

/** How many messages of rooms are remembered. */
const MOST = 20_000;
/** The oldest are forgotten so many at a time: to look for the first key of a Map is to pass all that were deleted. */
const LOT = 2_000;
/** A message without any id is the same in copies that follow each other within this time, in ms. */
const TOGETHER = 5_000;

/** Tells the messages of rooms from each other where neither room nor sender gave them an id. */
export class RoomRecogniser {
  readonly #recent = new Map<string, { nth: number; at: number; had: Set<string> }>();

  /**
   * @param room where it was said
   * @param key what a message is known by there
   * @param unique whether no other message has this key
   * @param session full JID that got this copy: the same twice to one session is two messages
   * @returns the key made unique, and whether this is its first copy
   */
  recognise(
    room: string,
    key: string,
    unique: boolean,
    session: string,
    now: number,
  ): { key: string; first: boolean } {
    const place = shortKey(`${room} ${key}`);
    const known = this.#recent.get(place);
    const same = known !== undefined && (unique || (now - known.at < TOGETHER && !known.had.has(session)));
    const entry = same ? known : { nth: (known?.nth ?? 0) + 1, at: now, had: new Set<string>() };
    if (!unique) entry.had.add(session);
    entry.at = now;
    this.#recent.delete(place);
    this.#recent.set(place, entry);
    if (this.#recent.size >= MOST + LOT) {
      for (const oldest of this.#recent.keys()) {
        if (this.#recent.size <= MOST) break;
        this.#recent.delete(oldest);
      }
    }
    return { key: unique ? key : `${key}#${entry.nth}`, first: !same };
  }
}
