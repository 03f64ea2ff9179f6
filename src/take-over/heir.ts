import type { InheritedSession } from '../presence/inherited-session.js';
import { untilFree } from '../spool/lock.js';
import { goShape, type Place, STREAM_FD } from './successor.js';

/** What another respool has left. */
export interface Inheritance {
  /** The descriptor of its stream. */
  stream: number;
  /** Who was believed online. */
  sessions: readonly InheritedSession[];
  /** Resolves when it has written all that it had, and left the spool. */
  left: Promise<unknown>;
}

/**
 * The new process's side: tells the one that started it that it is up, and waits for its stream.
 * @returns null where the old process has ended, or has called it off
 */
export async function inherit(place: Place): Promise<Inheritance | null> {
  if (process.send === undefined) return null;
  const word = await new Promise<unknown>(resolve => {
    process.once('message', resolve);
    process.once('disconnect', () => resolve(null));
    process.send?.({ ready: place, pid: process.pid });
  });
  if (process.connected) process.disconnect();
  const { data } = goShape.safeParse(word);
  return data === undefined ? null : { stream: STREAM_FD, sessions: data.go, left: untilFree(place.spool) };
}
