import type { Expulsion } from '../tap/expulsion.js';
import { shortKey } from '../xmpp/short-key.js';

/** So many requests at most wait for their answer, the last ones. */
const MOST = 1_000;

/** What users have asked rooms to do. It is done when the room says so, for who may ask is the room's to decide. */
export class RoomOrders {
  readonly #asked = new Map<string, readonly Expulsion[]>();

  /** A session (a full JID) asks a room under this id to expel these. */
  asks(session: string, room: string, id: string, who: readonly Expulsion[]): void {
    this.#asked.set(keyOf(session, room, id), who);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > MOST && oldest !== undefined) this.#asked.delete(oldest);
  }

  /** The room has done what it was asked under this id. Returns who belongs to it no more. */
  done(session: string, room: string, id: string): readonly Expulsion[] {
    if (this.#asked.size === 0) return NOBODY;
    const key = keyOf(session, room, id);
    const who = this.#asked.get(key) ?? NOBODY;
    this.#asked.delete(key);
    return who;
  }
}

const NOBODY: readonly Expulsion[] = [];

function keyOf(session: string, room: string, id: string): string {
  return shortKey(`${session} ${room} ${id}`);
}
