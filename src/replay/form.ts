import type { Element } from '@xmpp/component';
import { rulingOn } from '../rules/ruling.js';
import type { Taken } from '../spool/content.js';

/** The rules say what is shared by what is in a message, whoever is addressed. */
const ACCOUNT = { resource: '' };

/** How a message goes out: as it was written, or as a carbon copy of what its account has sent, or received (XEP-0280). */
export type Form = 'itself' | 'sent' | 'received';

/** What decides about that. */
export interface Circumstances {
  /** What the spool knows of the message. */
  readonly as: Taken['as'];
  /** A server would make carbon copies of it. */
  readonly isCopied: boolean;
  /** The session has them on. */
  readonly hasCarbons: boolean;
}

/**
 * ejabberd returns what a session has not acknowledged when it ends, each message to its sender; or sends it to another
 * device (`resend_on_timeout: true`). Of a carbon copy it tells nobody. So what a device has had already goes out as one,
 * for that it failed would not be true, and it needs no second receipt. What nobody has had is sent as it was written: its
 * receipt is wanted. A session without carbons would not show one.
 */
export function formOf({ as, isCopied, hasCarbons }: Circumstances): Form {
  if (as === 'sent') return 'sent';
  return as === 'had' && isCopied && hasCarbons ? 'received' : 'itself';
}

/** Would a server make carbon copies of it, which all clients show? What has no body, some pass over in a copy. */
export function isCopied(message: Element): boolean {
  return message.getChild('body') !== undefined && rulingOn(message, ACCOUNT)?.shared === true;
}
