import type { TapEvent } from '../tap/event.js';
import { ownCopy } from '../xmpp/own-copy.js';
import type { Change } from './change.js';
import type { Entry, Session } from './session.js';
import { doubt, markBound } from './told-of-end.js';

type Of<Kind extends TapEvent['kind']> = Extract<TapEvent, { kind: Kind }>;

/** A client may ask for any number of rooms: so many are remembered, the last ones. */
const MOST = 1_000;

export type RoomEvent = Of<'joins' | 'placed' | 'barred' | 'leaves'>;

/** What happens to a session with a room. @param isWatched others are there, whom the room would have told of its end */
export function inRoom(session: Entry, event: RoomEvent, isWatched: boolean, now: number): Change[] {
  switch (event.kind) {
    case 'joins':
      return joins(session, event, isWatched, now);
    case 'placed':
      return placed(session, event, now);
    case 'barred':
      return barred(session, event);
    case 'leaves':
      return leaves(session, event);
  }
}

/** It asks a room to let it in: where it is already, another stream than the one that was let in may ask. */
function joins(session: Entry, { room, anew }: Of<'joins'>, isWatched: boolean, now: number): Change[] {
  const joinedAt = session.rooms?.get(room);
  if (joinedAt !== undefined && !anew) return []; // it says there how it is, or takes another nick
  session.joining ??= new Map();
  remember(session.joining, room, anew);
  const { login, priority } = session;
  if (anew && markBound(session, now)) return [{ kind: 'login', session, stream: 'sign' }];
  if (joinedAt !== undefined) {
    return [{ kind: 'login', session, stream: login.joinsAgain(joinedAt, isWatched, now) }];
  }
  return anew && priority !== null ? [{ kind: 'login', session, stream: login.joins(now) }] : [];
}

/** A room tells it what has become of it there. */
function placed(session: Entry, { room, nick, is }: Of<'placed'>, now: number): Change[] {
  if (is === 'joined') {
    const asked = hasAsked(session, room);
    const entered = session.joining?.get(room) === true;
    session.joining?.delete(room);
    if (asked) enters(session, room, now);
    return [{ kind: 'joined', session, room, nick, entered, asked }];
  }
  if (is === 'gone') return isOut(session, room, now);
  session.joining?.delete(room);
  session.rooms?.delete(room);
  return [{ kind: 'left', session, room }];
}

/**
 * A room says that it is there no more. It did not leave, so the stream that was in the room has ended, and a later one
 * is told so. That one may have asked to be let in already.
 */
export function isOut(session: Entry, room: string, now: number): Change[] {
  const joinedAt = session.rooms?.get(room);
  session.rooms?.delete(room);
  return [
    { kind: 'out', session, room },
    ...(joinedAt === undefined ? [] : outlives(session, joinedAt, now)),
  ];
}

/** The room does not let it in: none of its account belongs there. */
function barred(session: Entry, { room }: Of<'barred'>): Change[] {
  if (session.joining?.delete(room) !== true || session.rooms?.has(room) === true) return [];
  return [{ kind: 'expelled', room, who: { account: session.jid.bare, resource: null } }];
}

/** Has it asked this room to let it in? Anybody can send what looks like a room's. */
export function hasAsked({ rooms, joining }: Pick<Session, 'rooms' | 'joining'>, room: string): boolean {
  return rooms?.has(room) === true || joining?.has(room) === true;
}

/**
 * Is it known for certain not to be in this room? A room's history comes after its word that one is in (XEP-0045, 7.2.2).
 * What comes before was sent to an earlier stream of this JID, and a client drops it.
 */
export function isOutside(
  { isSeenWhole, rooms }: Pick<Session, 'isSeenWhole' | 'rooms'>,
  room: string,
): boolean {
  return isSeenWhole && rooms?.has(room) !== true;
}

/** It is in a room from now on. */
export function enters(session: Entry, room: string, now: number): true {
  session.rooms ??= new Map();
  remember(session.rooms, room, now);
  return true;
}

function remember<Value>(rooms: Map<string, Value>, room: string, value: Value): void {
  rooms.delete(room);
  for (const oldest of rooms.keys()) {
    if (rooms.size < MOST) break;
    rooms.delete(oldest);
  }
  rooms.set(ownCopy(room), value);
}

/** A stream of this session has ended for certain. @param joinedAt see Login.outlives */
export function outlives(session: Entry, joinedAt: number | null, now: number): Change[] {
  return session.login
    .outlives(joinedAt, now)
    .map(stream => (stream === 'renewed' ? { kind: 'login', session, stream } : doubt(session, now)));
}

/** It leaves a room. */
function leaves(session: Entry, { room }: Of<'leaves'>): Change[] {
  session.joining?.delete(room);
  session.rooms?.delete(room);
  return [{ kind: 'left', session, room }];
}
