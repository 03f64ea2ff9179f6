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
