import type { Element } from '@xmpp/component';
import { NS } from '../xmpp/namespaces.js';

/**
 * What a bounce says of the message in it:
 * `lost`, the recipient exists and has not got it; `full`, nor has it room for it; `unreachable`, the recipient's server could not be reached;
 * `refused`, it is never to be delivered.
 */
export type Verdict = 'lost' | 'full' | 'unreachable' | 'refused';

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
