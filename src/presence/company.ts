import type { Entry } from './session.js';

/** So many rooms are remembered, the last ones. */
const MOST = 10_000;

/** So many of those in one room are remembered, the first ones: who has stayed for long is likely to stay. */
const MOST_OF_ROOM = 4;

/** Who else is in a room: the room tells them when a stream of a session that is in it ends. */
export class Company {
  readonly #byRoom = new Map<string, readonly Entry[]>();
  readonly #isThere: (session: Entry) => boolean;

  /** @param isThere whether a session has not ended */
  constructor(isThere: (session: Entry) => boolean) {
    this.#isThere = isThere;
  }

  /** A room has let a session in. */
  enters(room: string, session: Entry): void {
    const all = [...new Set([...this.#in(room), session])].slice(0, MOST_OF_ROOM);
    this.#byRoom.delete(room);
    for (const oldest of this.#byRoom.keys()) {
      if (this.#byRoom.size < MOST) break;
      this.#byRoom.delete(oldest);
    }
    this.#byRoom.set(room, all);
  }

  /** Is somebody else there? */
  hasOther(room: string, session: Entry): boolean {
    return this.#in(room).some(one => one !== session);
  }

  clear(): void {
    this.#byRoom.clear();
  }

  #in(room: string): Entry[] {
    const known = this.#byRoom.get(room) ?? [];
    return known.filter(one => one.rooms?.has(room) === true && this.#isThere(one));
  }
}
