import { LOWEST, makersOf, priorityOf, wasThere } from './attribution.js';
import type { Decision, Reception, Taken } from './reception.js';
import type { Session } from './session.js';

/** A reception that waits, and what has become known of it. */
export interface Open {
  readonly reception: Reception;
  readonly number: number;
  /** When the first copy came, in ms. */
  readonly at: number;
  /** Takers that were there for sure when it was sent, as far as is known then, by their keys. */
  readonly settled: ReadonlySet<number>;
  copies: number;
  /** Those of whom it is not known that they were gone. */
  takers: readonly Taken[];
  /** How many were there for sure, and may have ended since. */
  gone: number;
  /** Null until copies are missing; then the keys of the takers that have answered a ping since. */
  answered: Set<number> | null;
  /** Sessions of a lower priority have not got it. */
  floor: number;
  /** Sessions to which it was put down since, by their keys. */
  had: readonly number[];
}

/** One of this priority has got it, or may have. */
export function raise(open: Open, priority: number): Decision[] {
  open.floor = Math.max(open.floor, priority);
  const isBelow = ({ session }: Taken) => (priorityOf(session) ?? LOWEST) < open.floor;
  const below = open.takers.filter(isBelow);
  open.takers = open.takers.filter(taken => !isBelow(taken));
  return below.map(taken => ({ do: 'decide', ...taken, got: false }));
}

/** Does it wait for those who are not known? */
export function isUnknown({ reception: { isCounted, isStray } }: Pick<Open, 'reception'>): boolean {
  return !isCounted && !isStray;
}

/** Have fewer copies come than its takers have made, as far as is known? Those that have ended since may have made some. */
export function isMissingCopies(open: Open): boolean {
  const { reception, copies, takers, gone } = open;
  const ofOthers = takers.every(({ session }) => isSettled(open, session)) ? 0 : gone;
  return reception.isCounted && copies < takers.length + ofOthers;
}

/** Those of them that were there for sure. */
export function settledOf({ takers, sentAt }: Reception): ReadonlySet<number> {
  return new Set(takers.flatMap(({ session }) => (wasThere(session, sentAt) ? session.key : [])));
}

/** Who has got it, as far as their number tells: nobody else is known to have been gone. */
export function makers(open: Open): Taken[] {
  const { copies, takers, gone } = open;
  const sessions = takers.map(({ session }) => session);
  const made = makersOf(sessions, copies, gone, session => isSettled(open, session));
  return takers.filter(({ session }) => made.includes(session));
}

/**
 * Was it there for sure when the message was sent? A presence that came after the first copy says nothing of that moment;
 * when the server registered an earlier one does.
 */
function isSettled({ reception, settled, at }: Open, session: Session): boolean {
  return session.availableAt > at ? settled.has(session.key) : wasThere(session, reception.sentAt);
}

/** What this session is taken to have got of it. */
export function takenBy({ takers }: Open, { key }: Session): readonly Taken[] {
  return takers.filter(({ session }) => session.key === key);
}
