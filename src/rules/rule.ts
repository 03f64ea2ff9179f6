/**
 * What an element in a message means for its keeping:
 * `nothing`: by itself it is of no use later;
 * `never`, `refuse`: the message is owed to nobody, or only where it says `store`;
 * `store`: the message is kept whatever else is in it;
 * `expire`: it says how long the message lives;
 * `call`: the message lives as long as a call rings, unless it has a body, and is no loss when it ends;
 * `device`: a message to a device is for that one alone, and is no loss to the account;
 * `unshared`: the writer's other devices are not owed it;
 * `private`: both of these;
 * `refers`: the message means another one;
 * `replaces`: it stands in the place of that, where the same writer has written both.
 */
export type Meaning =
  | 'nothing'
  | 'never'
  | 'refuse'
  | 'store'
  | 'expire'
  | 'call'
  | 'device'
  | 'unshared'
  | 'private'
  | 'refers'
  | 'replaces';

/** One line of the table. */
export interface Rule {
  /** What it is, for people. */
  readonly what: string;
  /** Which document says what it is: a XEP, or a section of an RFC. */
  readonly by: string;
  /** The namespace of the element. */
  readonly xmlns: string;
  /** The names that the element may have; without it, all of that namespace. */
  readonly names?: readonly string[];
  /** The node that an event is of (XEP-0060); without it, any. */
  readonly node?: string;
  /** The name of a child that it has; without it, any or none. */
  readonly child?: string;
  readonly means: Meaning;
  /** Why. */
  readonly why: string;
}
