import type { Delivery } from './delivery.js';
import type { LineState } from './line.js';

/** How it stands with a session, to be told. Times in ms. */
export interface SessionState {
  resource: string;
  /** null: it has sent no presence that was seen. */
  priority: number | null;
  /** It has been left to ejabberd's own flood, or to what its client asks the archive, for so long; null: no more. */
  settlingFor: number | null;
  /** A ping has gone unanswered for so long; null: none is under way. */
  unansweredFor: number | null;
  replaying: boolean;
  /** How it takes pings. */
  line: LineState;
  /** Its last stanza, or answer to a ping, came so long ago. */
  heardFor: number;
}

/** How it stands with a delivery at a moment. */
export function stateOf({ session, phase, unansweredSince, line }: Delivery, now: number): SessionState {
  return {
    resource: session.jid.resource,
    priority: session.priority,
    settlingFor: phase.is === 'settling' ? now - phase.since : null,
    unansweredFor: unansweredSince === null ? null : now - unansweredSince,
    replaying: phase.is === 'taking' || phase.is === 'replaying',
    line,
    heardFor: now - session.activeAt,
  };
}
