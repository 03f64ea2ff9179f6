import { delayOf, type Outgoing, openingOf, outgoing } from '../replay/stanza.js';
import type { Taken } from '../spool/content.js';

/**
 * A message to another server once more, as its writer sent it, with the delay of the writer's server. Hints are the
 * writer's own: the other server has not seen it yet, and is to archive it.
 * @param host the writer's server
 */
export function retryOf(message: Taken, host: string): Outgoing {
  return outgoing(
    message,
    payload => `${openingOf(message, message.to)}${payload}${delayOf(host, message.stamp)}</message>`,
  );
}
