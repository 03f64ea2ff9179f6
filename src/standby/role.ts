/** Whether a respool asks and replays, or watches another one that does. */
export type Role = 'acts' | 'watches';

/** The other respool, as far as is known: not heard of yet, not there, or there with what it says of itself. */
export type Other =
  | { readonly is: 'unknown' }
  | { readonly is: 'gone' }
  | { readonly is: 'there'; readonly role: Role; readonly isFilled: boolean };

/** What decides who acts. */
export interface Standing {
  readonly role: Role;
  /** It has what the other one knew before it came, or nobody is there to have it from. */
  readonly isFilled: boolean;
  readonly other: Other;
  /** Of two that stand alike, this one is to act: its domain is the first by the alphabet. */
  readonly isFirst: boolean;
}

/**
 * Who acts. Nobody takes over from one that acts and is there, so that the role cannot flap. Both acting for a moment
 * repeats messages, nobody acting delays them; neither loses any.
 *
 * | the other one | this one |
 * |---|---|
 * | is not heard of yet | watches, for some seconds at most |
 * | is gone | acts |
 * | acts, and this one watches | watches |
 * | watches, and this one acts | acts |
 * | does the same as this one | acts if it alone is filled, or else if it is the first |
 */
export function roleOf({ role, isFilled, other, isFirst }: Standing): Role {
  if (other.is === 'unknown') return 'watches';
  if (other.is === 'gone') return 'acts';
  if (other.role !== role) return role;
  const isToAct = other.isFilled === isFilled ? isFirst : isFilled;
  return isToAct ? 'acts' : 'watches';
}
