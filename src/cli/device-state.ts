import type { SessionState } from '../replay/state.js';
import type { DeviceRow } from '../spool/queries.js';
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

export function whereaboutsInWords({ state, at }: Known, now: number): string {
  const age = duration(Math.max(0, now - at));
  switch (state) {
    case 'online':
      return `online, heard of ${age} ago`;
    case 'asleep':
      return `asleep for ${age}`;
    case 'away':
      return `away, seen ${age} ago`;
    case 'unknown':
      return `was online ${age} ago`;
  }
}

/** @param isSpared the config wants no pings sent to it */
export function pingsOf({ answers, proofs }: DeviceRow, isSpared: boolean): Pings {
  if (isSpared) return 'not sent';
  if (!answers) return 'unanswered';
  return proofs > 0 ? 'answered' : 'unknown';
}

export const PINGS_IN_WORDS: Readonly<Record<Pings, string>> = {
  answered: 'yes',
  unanswered: 'no: a copy counts as receipt',
  unknown: 'unknown',
  'not sent': 'not asked: a copy is receipt',
};
