import type { Command } from './command.js';
import type { Question } from './question.js';

export type Entry = Command | Question;
export type Text = string | null;
export type Store = Extract<Command, { do: 'store' }>;
export type Hand = Extract<Command, { do: 'hand' }>;
export type Mark = Extract<Command, { do: 'mark' }>;
export type Prove = Extract<Command, { do: 'prove' }>;

/** The entries of a batch in two blocks of memory that both threads see. */
export interface Packed {
  /** Of each entry its kind and what is a number in it, among that the lengths of its texts. */
  numbers: Float64Array<SharedArrayBuffer>;
  /** The texts of each entry, one behind the other, in UTF-8. */
  texts: Buffer<SharedArrayBuffer>;
}

/** What an entry is written as. */
export const KIND = { json: 0, store: 1, hand: 2, mark: 3, prove: 4 } as const;
/** How a text is written that is null. */
export const NO_TEXT = -1;
/** In place of the time that an answer took. */
export const NOT_ANSWERED = -1;
/** How many texts a message has. */
export const MESSAGE_TEXTS = 11;
export const WAYS: readonly Hand['way'][] = ['live', 'flood', 'resent', 'carbon', 'archive'];
