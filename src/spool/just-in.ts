import type { Place } from './holder.js';

/** Copies of two sessions, of what the room has done one after the other, are no more than this apart, in ms. */
const MOMENT = 1_000;

/** So many are remembered. */
const MOST = 2_000;

/**
 * Sessions that rooms have let in just now. Each session's copies come by themselves: that of a message which others were
 * given before the join may come after it, and is owed to who has just joined all the same.
 */
export class JustIn {
  #entered: { room: string; place: Place; at: number }[] = [];

  /** A room has let a session in. @param at a date in ms */
  add(room: string, place: Place, at: number): void {
    if (this.#entered.length >= MOST) this.#entered = this.#entered.slice(-MOST / 2);
    this.#entered.push({ room, place, at });
  }

  /** Something said in a room was stored: it may have been said before who has just joined did. */
  stored(room: string, id: number, at: number): void {
    if (this.#entered.length === 0) return;
    this.#entered = this.#entered.filter(one => Math.abs(at - one.at) < MOMENT);
    for (const { room: joined, place } of this.#entered) {
      if (joined === room) place.seenAt = Math.max(place.seenAt, id);
    }
  }
}
