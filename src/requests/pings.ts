import type { Replay } from '../replay/replay.js';
import { sessionEndIn } from '../tap/session-end.js';
import type { Asker } from './door.js';

/**
 * Takes answers to pings. A client's error answer has been copied, and counted as an answer, before it comes here
 * itself.
 */
export function pingAnswers(replay: Pick<Replay, 'pingAnswered' | 'pingReturned'>): Asker {
  return (stanza, from) => {
    const { type, id = '' } = stanza.attrs;
    if (stanza.name !== 'iq') return false;
    if (type === 'result') replay.pingAnswered(from, id);
    else if (type === 'error') replay.pingReturned(from, id, sessionEndIn(stanza));
    else return false;
    return true;
  };
}
