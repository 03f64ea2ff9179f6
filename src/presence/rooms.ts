import type { TapEvent } from '../tap/event.js';
import { ownCopy } from '../xmpp/own-copy.js';
import type { Change } from './change.js';
import type { Entry } from './session.js';

/** A client may ask for any number of rooms. */
const MOST = 1_000;

/** It asks a room to let it in: where it is already, another stream than the one that was let in may ask. */
export function joins(session: Entry, room: string, now: number): Change[] {
  session.joining ??= new Set();
  if (session.joining.size < MOST) session.joining.add(ownCopy(room));
  const joinedAt = session.rooms?.get(room);
  if (joinedAt === undefined) return [];
  return [{ kind: 'login', session, stream: session.login.joinsAgain(joinedAt, now) }];
}

/** A room tells it what has become of it there. */
export function placed(
  session: Entry,
  { room, nick, is }: Extract<TapEvent, { kind: 'placed' }>,
  now: number,
): Change[] {
  const entered = session.joining?.delete(room) === true;
  if (is === 'joined') {
    session.rooms ??= new Map();
    if (session.rooms.size < MOST) session.rooms.set(ownCopy(room), now);
    return [{ kind: 'joined', session, room, nick, entered }];
  }
  const wasIn = session.rooms?.delete(room) === true;
  if (is === 'removed') return [{ kind: 'left', session, room }];
  if (!wasIn) return [];
  // it did not leave, so its stream has ended; the one that is told so is the next
  return [{ kind: 'out', session, room }, ...outlives(session, false, now)];
}

/** A stream of this session has ended for certain. @param isShown the next one has shown its presence already */
export function outlives(session: Entry, isShown: boolean, now: number): Change[] {
  const stream = session.login.outlives(isShown, now);
  if (stream === 'same') return [];
  if (stream === 'renewed') return [{ kind: 'login', session, stream }];
  session.doubtedAt = now;
  return [{ kind: 'doubted', session }];
}

/** It leaves a room. */
export function leaves(session: Entry, room: string): Change[] {
  session.rooms?.delete(room);
  return [{ kind: 'left', session, room }];
}
