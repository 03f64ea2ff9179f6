import type { WordOfEnd } from '../tap/event.js';
import type { Jid } from '../xmpp/jid.js';
import type { Change } from './change.js';
import type { Entry, Session } from './session.js';

/** The word that a session has ended comes so long after that at most, in ms: whose presence is older, it is about. */
const WORD = 2_000;
/**
 * An answer to a ping shows that a session has not ended if that went out so long after it was said to have, in ms: the
 * next stream answers as well, and shows its presence sooner.
 */
const AFTER_DOUBT = 10_000;

/**
 * Of whom is it said that it has ended?
 * @param hasLast one of the same JID has just ended
 */
export function whoIsMeant(
  session: Session,
  how: WordOfEnd,
  hasLast: boolean,
  now: number,
): 'it' | 'the last' | 'it or the last' {
  if (how !== 'contact' && isAbout(session, now)) return 'it';
  // the server tells nobody by presence of a session that has shown none
  const isOfLast = session.priority === null && hasLast && how !== 'error';
  return isOfLast ? 'the last' : 'it or the last';
}

/** Is it this session that is said to have ended, or one before it? */
function isAbout({ priority, availableAt, activeAt, hasActed, loginAt }: Session, now: number): boolean {
  if (priority === null && !hasActed) return true; // it has only been seen to get something
  return now - (priority === null || loginAt !== null ? activeAt : availableAt) > WORD;
}

/** It may have ended, or the one before it has. */
export function doubt(session: Entry, now: number): Extract<Change, { kind: 'doubted' }> {
  session.doubtedAt = now;
  return { kind: 'doubted', session };
}

/**
 * A session does what clients do at a login. If it was said to have ended, its next stream is bound, and has no presence
 * yet, unless the word was about one before it. @returns whether that is so
 */
export function markBound(session: Entry, now: number): boolean {
  const { priority, doubtedAt, availableAt, loginAt } = session;
  if (priority === null || loginAt !== null || doubtedAt === null) return false;
  if (doubtedAt - availableAt <= WORD) return false;
  session.loginAt = now;
  session.login.sign(now);
  return true;
}

/** Those of an account that are not there, for mod_offline has stored a message to this JID: nobody was there to get it. */
export function absentFor({ resource }: Jid, sessions: readonly Session[], now: number): readonly Session[] {
  return sessions.filter(session => {
    const wasToGetIt = session.jid.resource === resource || (session.priority ?? -1) >= 0;
    return wasToGetIt && isAbout(session, now);
  });
}

/** Does an answer to a ping of that moment, in ms, show that the session has not ended, as was said? */
export function endsDoubt({ doubtedAt }: Session, pingedAt: number): boolean {
  return doubtedAt !== null && pingedAt > doubtedAt + AFTER_DOUBT;
}
