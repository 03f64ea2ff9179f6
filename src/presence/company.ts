import type { Entry } from './session.js';

/** So many rooms are remembered, the last ones. */
const MOST = 10_000;

/**
 * Who else is in a room: the room tells them when a stream of a session that is in it ends. Two sessions of each room are
 * enough to say that one is not alone there.
 */
export class Company {
  readonly #byRoom = new Map<string, readonly Entry[]>();

  /** A room has let a session in. */
  enters(room: string, session: Entry): void {
    const others = (this.#byRoom.get(room) ?? []).filter(one => one !== session && isIn(one, room));
    this.#byRoom.delete(room);
    for (const oldest of this.#byRoom.keys()) {
      if (this.#byRoom.size < MOST) break;
      this.#byRoom.delete(oldest);
    }
    this.#byRoom.set(room, [session, ...others.slice(0, 1)]);
  }

  /** Is somebody else there? @param isThere whether a session has not ended */
  hasOther(room: string, session: Entry, isThere: (one: Entry) => boolean): boolean {
    const known = this.#byRoom.get(room) ?? [];
    return known.some(one => one !== session && isIn(one, room) && isThere(one));
  }

  clear(): void {
    this.#byRoom.clear();
  }
}

function isIn({ rooms }: Entry, room: string): boolean {
  return rooms?.has(room) === true;
}
