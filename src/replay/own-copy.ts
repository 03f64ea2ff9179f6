import type { Directory } from '../presence/directory.js';
import type { TapEvent } from '../tap/event.js';
import type { ReplayMarks } from '../tap/marks.js';
import type { Jid } from '../xmpp/jid.js';
import type { Deliveries } from './deliveries.js';

/** Whether what was copied is a replay of this respool, which tells nothing new. */
export function isOwnCopy(event: TapEvent, directory: Directory, deliveries: Deliveries): boolean {
  const isEcho = (to: Jid, marks: ReplayMarks) => {
    const session = directory.get(to);
    return session !== undefined && deliveries.get(session.key)?.isEcho(marks) === true;
  };
  switch (event.kind) {
    case 'flooded':
      return isEcho(event.message.recipient, event.marks);
    case 'brought':
      // where nobody is known by that JID it went to another one: a login is seen before what the vhost then brings
      return (
        event.marks !== null && (directory.get(event.jid) === undefined || isEcho(event.jid, event.marks))
      );
    case 'said':
      return event.marks !== undefined && isEcho(event.jid, event.marks);
    default:
      return false;
  }
}
