import { hash } from 'node:crypto';
import { ownCopy } from './own-copy.js';

/** Longer than almost all that honest clients and servers choose, and than the hash. */
const LONGEST = 120;
/** What no XML has in it, so that no other text is a hash. */
const HASHED = '\u0001';

/**
 * A key in memory or in the spool for what others choose, as ids and names are, and may choose as long as a stanza.
 * @returns the text itself, in memory of its own, or a hash where it is long: the same for the same text
 */
export function shortKey(text: string): string {
  return text.length <= LONGEST ? ownCopy(text) : `${HASHED}${hash('sha256', text, 'base64')}`;
}
