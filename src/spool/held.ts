import { weightOf } from './weight.js';
import type { Weights } from './weights.js';

/** A stored message as it is judged who has too much. */
export interface Held {
  id: number;
  /** Whose it is, of those that share what the owner has. */
  sender: string;
  size: number;
}

/** Messages of one kind, each of an owner: of users by account, of rooms by room, to other servers by domain. */
export interface Kind<Owner> {
  readonly weights: Weights<Owner>;
  nameOf(owner: Owner): string;
  /** The oldest that an owner has, so many. */
  heldBy(owner: Owner, limit: number): Held[];
  evict(id: number, owner: Owner, at: number): void;
}

/** The kinds of messages, as it is judged who has too much of one. */
export interface Kinds {
  users: Kind<number>;
  rooms: Kind<number>;
  servers: Kind<string>;
}

/**
 * Of the sender who has most of these messages, by weight, the first ones.
 * @param bytes of so many together, or a little more, but one at least
 * @param messages and so many
 */
export function oldestOfMost(held: readonly Held[], bytes: number, messages = 1): Held[] {
  const weights = new Map<string, number>();
  for (const { sender, size } of held) weights.set(sender, (weights.get(sender) ?? 0) + weightOf(size));
  let most: string | undefined;
  for (const [sender, weight] of weights) {
    if (most === undefined || weight > (weights.get(most) as number)) most = sender;
  }
  const chosen: Held[] = [];
  let left = bytes;
  for (const one of held) {
    if (one.sender !== most) continue;
    chosen.push(one);
    left -= weightOf(one.size);
    if (left <= 0 && chosen.length >= messages) break;
  }
  return chosen;
}
