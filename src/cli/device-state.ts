import type { Asked, SessionAnswer } from '../replay/asking.js';
import type { SessionState } from '../replay/state.js';
import type { DeviceRow } from '../spool/device-rows.js';
import { duration } from './format.js';

/**
 * Where a device is. `asleep`: its session is there, but a ping has got no answer and it has given no sign of life
 * since; `unknown`: it was online when it was seen last, and nobody knows whether it is.
 */
export type Whereabouts = 'online' | 'asleep' | 'away' | 'unknown';

/** Whether a device answers pings; `not sent`: the config wants none sent to it. */
export type Pings = 'answered' | 'unanswered' | 'unknown' | 'not sent';

/** Where a device is, as far as is known, and of when that knowledge is, in ms since 1970. */
export interface Known {
  state: Whereabouts;
  at: number;
}

/** @param session as the daemon knows it; undefined where it knows none, or cannot be asked */
export function whereaboutsOf(device: DeviceRow, session: SessionState | undefined, now: number): Known {
  if (session === undefined) return { state: device.online ? 'unknown' : 'away', at: device.lastSeen };
  const { line, unansweredFor, heardFor } = session;
  if (line === 'asleep') return { state: 'asleep', at: now - (unansweredFor ?? heardFor) };
  return { state: 'online', at: now - heardFor };
}

export const WHEREABOUTS_IN_WORDS: Readonly<Record<Whereabouts, string>> = {
  online: 'online',
  asleep: 'asleep',
  away: 'away',
  unknown: 'was online',
};

/** What came of asking, in the place of where a device is believed to be. */
export const ASKED_IN_WORDS: Readonly<Record<Asked, string>> = {
  answered: 'answered',
  silent: 'no answer',
  gone: 'gone',
  unannounced: 'not asked',
  spared: 'not asked',
};

/** How old what is known is. */
export function ageInWords({ at }: Known, now: number): string {
  return `${duration(Math.max(0, now - at))} ago`;
}

/** What a session has answered, and what that means for what it is owed. @param wait for its answer, in ms */
export function answerInWords({ asked, took, priority, settlingFor }: SessionAnswer, wait: number): string {
  switch (asked) {
    case 'answered':
      if ((priority ?? 0) < 0)
        return `answered after ${took} ms, but has priority ${priority}: it wants no messages`;
      if (settlingFor !== null)
        return `answered after ${took} ms; it has just come, what is owed follows in a moment`;
      return `answered after ${took} ms, and is sent what is owed to it`;
    case 'silent':
      return `has not answered within ${duration(wait)}; what is owed comes when it answers, or is there anew`;
    case 'gone':
      return 'is gone; what is owed to it comes at its next login';
    case 'unannounced':
      return 'has sent no presence yet; what is owed comes after it';
    case 'spared':
      return 'is to get no ping (devices.never_ping); what is owed comes at its next presence';
  }
}

/** @param isSpared the config wants no pings sent to it */
export function pingsOf({ answers, proofs }: DeviceRow, isSpared: boolean): Pings {
  if (isSpared) return 'not sent';
  if (!answers) return 'unanswered';
  return proofs > 0 ? 'answered' : 'unknown';
}
