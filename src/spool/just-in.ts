import type { StoredInRoom } from './content.js';
import type { Holder, Place } from './holder.js';

/** Copies of two sessions, of what the room has done one after the other, are no more than this apart, in ms. */
const MOMENT = 1_000;

/** What was handed so short a time ago, in ms, no ping has proved yet. */
const UNPROVED = 50;
/** So many are remembered. */
const MOST = 2_000;

const NONE: readonly Brought[] = [];

/** A room's history brought a session something that is not stored. */
export interface Brought {
  readonly holder: Holder;
  readonly group: number;
  readonly room: string;
  readonly key: string;
  readonly stored: StoredInRoom;
  /** As a date in ms. */
  readonly at: number;
}

/**
 * Sessions that rooms have let in just now. Each session's copies come by themselves: that of a message which others were
 * given before the join may come after it, and is owed to who has just joined all the same, unless the history that came
 * with the join has brought it.
 */
export class JustIn {
  #entered: { room: string; place: Place; at: number }[] = [];
  #brought: Brought[] = [];

  /** A room has let a session in. @param at a date in ms */
  add(room: string, place: Place, at: number): void {
    if (this.#entered.length >= MOST) this.#entered = this.#entered.slice(-MOST / 2);
    this.#entered.push({ room, place, at });
  }

  /** A history has brought what is not stored, or not yet. */
  brings(brought: Brought): void {
    if (!this.#entered.some(({ room, at }) => room === brought.room && isNear(at, brought.at))) return;
    if (this.#brought.length >= MOST) this.#brought = this.#brought.slice(-MOST / 2);
    this.#brought.push(brought);
  }

  /**
   * Something said in a room was stored: it may have been said before who has just joined did. Returns what histories had
   * brought there in the last moment, of which it may be one.
   */
  stored(room: string, id: number, at: number): readonly Brought[] {
    if (this.#entered.length === 0) return NONE;
    this.#entered = this.#entered.filter(one => isNear(at, one.at));
    for (const { room: joined, place } of this.#entered) {
      if (joined === room) place.seenAt = Math.max(place.seenAt, id);
    }
    this.#brought = this.#brought.filter(one => Math.abs(at - one.at) < UNPROVED);
    return this.#brought.filter(one => one.room === room);
  }
}

function isNear(one: number, other: number): boolean {
  return Math.abs(one - other) < MOMENT;
}
