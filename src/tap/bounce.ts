import type { Element } from '@xmpp/component';
import { NS } from '../xmpp/namespaces.js';

/**
 * What a bounce says of the message in it:
 * `lost`, the recipient exists and has not got it; `full`, nor has it room for it; `unreachable`, the recipient's server could not be reached;
 * `refused`, it is never to be delivered.
 */
export type Verdict = 'lost' | 'full' | 'unreachable' | 'refused';

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
    default:
      return error?.attrs.type === 'wait' ? 'busy' : 'refused'; // RFC 6120, 8.3.2
  }
}

/** Reads the error of a bounced message by the table that experiments with ejabberd gave. */
export function verdictOf(bounce: Element): Verdict {
  const error = bounce.getChild('error');
  const conditions = error?.getChildElements().filter(child => child.attrs.xmlns === NS.stanzaErrors) ?? [];
  const condition = conditions.find(child => child.name !== 'text')?.name;
  switch (condition) {
    case 'service-unavailable':
      // With a text ("User session terminated") a session died; without, no such user or the sender is blocked.
      return conditions.some(child => child.name === 'text') ? 'lost' : 'refused';
    case 'resource-constraint':
      return 'full'; // the offline queue
    case 'remote-server-not-found':
    case 'remote-server-timeout':
      return 'unreachable';
    default:
      return 'refused';
  }
}
