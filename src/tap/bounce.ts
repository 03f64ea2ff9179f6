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

/**
 * What the server says of a session by an error: there is none under the JID addressed (`missing`), or it has ended
 * with what it was sent (`terminated`).
 */
export type SessionEnd = 'missing' | 'terminated';

/** ejabberd's words for these; where it translates them, they stand beside. */
const ENDS: Readonly<Record<string, SessionEnd>> = {
  'User session not found': 'missing',
  'User session terminated': 'terminated',
};

/** Reads whether the server says by this error that the session addressed is not there; null: it does not. */
export function sessionEndIn(error: Element): SessionEnd | null {
  const texts = error.getChild('error')?.getChildren('text', NS.stanzaErrors) ?? [];
  return texts.map(text => ENDS[text.children.join('')]).find(end => end !== undefined) ?? null;
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
