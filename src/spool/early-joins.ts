import type { Holder } from './holder.js';

/** How a room has let a session in. @see Occupancy.join */
interface EarlyJoin {
  readonly nick: string | null;
  readonly lastId: number;
  readonly at: number;
}

/** So many rooms are remembered of a session whose device is not known yet; no client joins more before its presence. */
const MOST_EARLY = 100;

/** Rooms that have let in sessions whose device is not known yet: some clients join before they show their presence. */
export class EarlyJoins {
  readonly #bySession = new WeakMap<Holder, Map<string, EarlyJoin>>();

  add(holder: Holder, room: string, join: EarlyJoin): void {
    const early = this.#bySession.get(holder) ?? new Map<string, EarlyJoin>();
    if (early.size < MOST_EARLY || early.has(room)) this.#bySession.set(holder, early.set(room, join));
  }

  /** It has left the room. */
  remove(holder: Holder, room: string): void {
    this.#bySession.get(holder)?.delete(room);
  }

  /** Its device is known now. Returns the rooms, and forgets them. */
  take(holder: Holder): Iterable<[room: string, join: EarlyJoin]> {
    const early = this.#bySession.get(holder) ?? [];
    this.#bySession.delete(holder);
    return early;
  }
}
