import { randomBytes } from 'node:crypto';
import { idInKey } from '../tap/room.js';
import type { RoomNames } from '../tap/room-names.js';
import { shortKey } from '../xmpp/short-key.js';

/** Of two equal messages the second comes so long after the last copy of the first at least, in ms: a room sends one to all at once. */
const TOGETHER = 60_000;
/** Where nobody gave it an id: equal ones of many writers follow each other sooner ("ok"). */
const TOGETHER_WITHOUT_ID = 5_000;
/** So many messages are remembered at least, and twice as many at most. */
const MOST = 20_000;
/** And so many receptions of them, likewise. */
const MOST_RECEPTIONS = 200_000;
/** Of equal messages that follow each other so many are told apart. */
const MOST_EQUAL = 100;
/** Between what equal messages share and what tells them apart. */
const NTH = '#';

/** One message: what it is known by, and which sessions have got it. */
interface One {
  readonly key: string;
  readonly had: Set<number>;
}

interface Recent {
  /** When the last copy came, in ms. */
  at: number;
  /** Equal messages, in their order; for one with an id of its room there is no need to tell them apart. */
  readonly equal: One[];
}

/** Tells the live copies of messages of rooms from each other: the room sends one to each who is in it. */
export class RoomRecogniser {
  /** No other process gives the same keys. */
  readonly #process = randomBytes(6).toString('base64url');
  #given = 0;
  /** Those of late and those before them, which are forgotten at once. */
  #recent = new Map<string, Recent>();
  #before = new Map<string, Recent>();
  #turnedAt = 0;
  #receptions = 0;

  /**
   * @param room where it was said
   * @param session that got this copy: the same twice to one session is two messages
   * @returns a key that no other message of the room has, and whether this is its first copy
   */
  recognise(room: string, names: RoomNames, session: number, now: number): { key: string; first: boolean } {
    const { key } = names;
    const place = shortKey(`${room} ${key}`);
    const known = this.#find(place, now);
    if (names.id !== undefined) {
      if (known === undefined) this.#recent.set(place, { at: now, equal: [] });
      else known.at = now;
      return { key, first: known === undefined };
    }
    const together = names.hasWritersId ? TOGETHER : TOGETHER_WITHOUT_ID;
    const recent = known !== undefined && now - known.at < together ? known : { at: now, equal: [] };
    recent.at = now;
    if (recent !== known) this.#recent.set(place, recent);
    // each session gets them in their order
    const same = recent.equal.find(({ had }) => !had.has(session));
    const one = same ?? { key: `${key}${NTH}${this.#process}${this.#given++}`, had: new Set<number>() };
    if (same === undefined) recent.equal.push(one);
    if (recent.equal.length > MOST_EQUAL) recent.equal.shift();
    one.had.add(session);
    this.#receptions++;
    return { key: one.key, first: same === undefined };
  }

  #find(place: string, now: number): Recent | undefined {
    const isFull = this.#recent.size >= MOST || this.#receptions >= MOST_RECEPTIONS;
    if (isFull || now - this.#turnedAt > TOGETHER) {
      this.#before = this.#recent;
      this.#recent = new Map();
      this.#receptions = 0;
      this.#turnedAt = now;
    }
    const known = this.#recent.get(place);
    if (known !== undefined) return known;
    const before = this.#before.get(place);
    if (before !== undefined) this.#recent.set(place, before);
    return before;
  }
}

/** What equal messages share of such a key (the very key where it tells them apart), and the process that gave it. */
export function partsOfKey(key: string): { shared: string; process: string } {
  const at = idInKey(key) === null ? key.indexOf(NTH) : -1;
  return at < 0
    ? { shared: key, process: '' }
    : { shared: key.slice(0, at), process: key.slice(at + 1, at + 9) };
}
