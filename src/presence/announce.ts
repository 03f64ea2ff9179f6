import type { LoginAct } from '../tap/event.js';
import { ownCopy } from '../xmpp/own-copy.js';
import type { Change } from './change.js';
import { JOINS_BEFORE, type StreamGuess } from './login.js';
import type { Entry, Session } from './session.js';
import { markBound } from './told-of-end.js';

/** Two equal presences of one login come within this time, in ms. */
const SAME_LOGIN = 10_000;

/**
 * A session shows its presence.
 * @param presence what that said, as text; null: it was not seen, the session is found to be there
 * @returns of which stream it is
 */
export function announce(
  session: Entry,
  priority: number,
  presence: string | null,
  now: number,
): StreamGuess {
  const isEqual = session.presence === null || session.presence === presence;
  if (presence === null) session.login.endLogin(); // found by a ping
  const stream = streamOf(session, isEqual, now);
  if (session.presence !== presence) session.presence = ownCopy(presence);
  // an equal presence soon after the last one may be of the same login, as some clients send it twice
  session.cameBack = stream === 'renewed' || (stream === 'sign' && now - session.availableAt > SAME_LOGIN);
  session.doubtedAt = null;
  session.loginAt = null;
  if (stream !== 'same') session.roomsSince = roomsSince(stream, session, now);
  if (stream === 'renewed') forgetRooms(session);
  session.priority = priority;
  session.availableAt = now;
  session.activeAt = now;
  return stream;
}

/** Of which stream the presence is that it shows now. @param isEqual see Login.announces */
function streamOf(
  { priority, doubtedAt, loginAt, login }: Entry,
  isEqual: boolean,
  now: number,
): StreamGuess {
  const seen = login.announces(priority !== null, isEqual, now);
  if (priority === null) return seen;
  if (loginAt !== null) return login.hadEnded(loginAt, 'bound');
  // who was said to have ended, and shows itself, is another stream, since then
  const hadEnded = doubtedAt !== null && (seen !== 'renewed' || login.since < doubtedAt);
  return hadEnded ? login.hadEnded(doubtedAt) : seen;
}

/** When a stream was let into its first room at the earliest, in ms. */
function roomsSince(stream: StreamGuess, { login, roomsSince: before }: Entry, now: number): number {
  if (stream === 'new') return 0; // nobody else has been seen under this JID
  if (stream === 'renewed') return login.since - JOINS_BEFORE;
  return login.isYoung(now) ? before : now - JOINS_BEFORE;
}

/** Those that the stream before was let into. */
function forgetRooms(session: Entry): void {
  for (const [room, joinedAt] of session.rooms ?? []) {
    if (joinedAt < session.roomsSince) session.rooms?.delete(room);
  }
}

/** A session does what clients do at a login. @returns whose stream it is; null: that tells nothing */
export function logIn(session: Entry, act: LoginAct, now: number): StreamGuess | null {
  const isAnnounced = session.priority !== null;
  if (!isAnnounced) {
    session.loginAt ??= now;
    session.formerly = null; // it was not there before
  }
  if (act === 'archive') return isAnnounced ? null : 'same';
  const stream = session.login.acts(act, isAnnounced, now);
  return markBound(session, now) ? 'sign' : stream;
}

/** Sessions have made room for others. */
export function endsOf(sessions: readonly Session[]): Change[] {
  return sessions.map(session => ({ kind: 'unavailable', session }));
}
