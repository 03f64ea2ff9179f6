import type { Element } from '@xmpp/component';
import { NS } from '../xmpp/namespaces.js';

/**
 * What a bounce says of the message in it:
 * `lost`, the recipient exists and has not got it; `full`, the recipient exists, but its offline queue has no room;
 * `unreachable`, the recipient's server could not be reached; `failed`, for a reason that says nothing of what will be;
 * `refused`, it is never to be delivered.
 */
export type Verdict = 'lost' | 'full' | 'unreachable' | 'failed' | 'refused';

/**
 * By these a server says that a message will not be delivered, now or later (RFC 6120, 8.3.3). All others keep it: a
 * message that is kept in vain expires, one that is given up in error is lost.
 */
const REFUSALS: ReadonlySet<string> = new Set([
  'bad-request',
  'forbidden',
  'gone',
  'item-not-found',
  'jid-malformed',
  'not-acceptable',
  'not-allowed',
  'not-authorized',
  'policy-violation',
  'redirect',
  'registration-required',
  'subscription-required',
]);

/**
 * What a bounce from another server says of the message in it:
 * `unreachable`, that server could not be reached; `unknown`, there may be no such server;
 * `busy`, it does not take the message now; `refused`, it is never to be delivered.
 */
export type RemoteVerdict = 'unreachable' | 'unknown' | 'busy' | 'refused';

/** Reads the error of a message to another server, and of a request to one. */
export function remoteVerdictOf(bounce: Element): RemoteVerdict {
  const error = bounce.getChild('error');
  switch (error?.getChildElements().find(child => child.attrs.xmlns === NS.stanzaErrors)?.name) {
    case 'remote-server-timeout':
      return 'unreachable'; // ejabberd says so of every failure but that of the name
    case 'remote-server-not-found':
      return 'unknown'; // its name was not found: it does not exist, or DNS is out of order
    case 'internal-server-error':
      return 'busy'; // so says mod_offline of ejabberd while its database does not work
    default:
      return error?.attrs.type === 'wait' ? 'busy' : 'refused'; // RFC 6120, 8.3.2
  }
}

/**
 * True for the error that says that there is no such user, or that he blocks the sender. An error about a session that
 * has died has a text; this one has none.
 */
export function isWordless(bounce: Element): boolean {
  const names = conditionsIn(bounce);
  return names.includes('service-unavailable') && !names.includes('text');
}

function conditionsIn(bounce: Element): string[] {
  const children = bounce.getChild('error')?.getChildElements() ?? [];
  return children.filter(child => child.attrs.xmlns === NS.stanzaErrors).map(({ name }) => name);
}

/** Reads the error of a bounced message by the table that experiments with ejabberd gave. */
export function verdictOf(bounce: Element): Verdict {
  const condition = conditionsIn(bounce).find(name => name !== 'text') ?? '';
  switch (condition) {
    case 'service-unavailable':
      return isWordless(bounce) ? 'refused' : 'lost';
    case 'resource-constraint':
      return 'full'; // the offline queue
    case 'remote-server-not-found':
    case 'remote-server-timeout':
      return 'unreachable';
    default:
      return REFUSALS.has(condition) ? 'refused' : 'failed';
  }
}
