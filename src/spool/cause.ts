/**
 * Why ejabberd did not bring what respool replayed:
 * `session`, it was given to a session that never proved it; `purge`, no session took it, and the offline queue did not
 * bring it; `full`, the offline queue had no room; `device`, another device of the account had got it, or wrote it;
 * `room`, it was said in a room; `server`, another server could not be reached.
 */
export type Cause = 'session' | 'purge' | 'full' | 'device' | 'room' | 'server';

/** All causes, in the order in which they are shown. */
export const CAUSES: readonly Cause[] = ['session', 'purge', 'full', 'device', 'room', 'server'];

/** What a message's row says of its cause, as a number; the other causes are known from who proves it. */
export const STORED_CAUSE = { purge: 0, session: 1, full: 2, server: 3 } as const;
export type StoredCause = (typeof STORED_CAUSE)[keyof typeof STORED_CAUSE];

const BY_NUMBER: readonly Cause[] = ['purge', 'session', 'full', 'server'];

export function causeOf(stored: number): Cause {
  return BY_NUMBER[stored] ?? 'purge';
}
