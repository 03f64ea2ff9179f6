import type { Jid } from '../xmpp/jid.js';
import type { Session } from './session.js';

/** Who may be there, as the directory knows it. */
export interface View {
  get(jid: Jid): Session | undefined;
  /** All sessions of an account. */
  of(account: string): readonly Session[];
  /** Whether nobody knows yet if this device, or which of this account, is there. */
  seeks(jid: Jid): boolean;
  /** Whether a device of the account other than this one is sought that had a higher priority. */
  seeksAbove(jid: Jid, priority: number): boolean;
}

/** Who has got a message. */
export interface Attribution {
  /** These have. */
  readonly got: readonly Session[];
  /** These have got it, unless another session, of which too little is known, got it instead. */
  readonly open: readonly Session[];
}

/** Below every priority. */
export const LOWEST = Number.NEGATIVE_INFINITY;
/** mod_offline floods at once when a session becomes available, so a flood within this many ms is its own. */
const FLOOD_AFTER = 30_000;
/** Of two sessions that become available within this time either may get the flood, in ms. */
const TOGETHER = 250;
/** The server knows a session as available so long after the copy of its presence at the latest, in ms. */
const REGISTERED = 100;
/** A session so young, in ms, may be the one that gets a flood. */
const YOUNG = 2_000;
const NONE: readonly Session[] = [];

/**
 * Who gets a message of type chat or normal: the full JID addressed, else every session with the highest non-negative
 * priority (RFC 6121, 8.5.2; seen on ejabberd), else the sessions whose presence is unknown, but for those that have just
 * logged in.
 */
export function receiversOf(view: View, to: Jid): readonly Session[] {
  const sessions = view.of(to.bare);
  if (sessions.length === 0) return NONE;
  const addressed = to.resource === '' ? undefined : sessions.find(s => s.jid.resource === to.resource);
  if (addressed !== undefined) return [addressed];
  const highest = sessions.reduce((most, s) => Math.max(most, s.priority ?? -1), -1);
  if (highest >= 0) return sessions.filter(s => s.priority === highest);
  return sessions.filter(s => s.priority === null && s.loginAt === null);
}

/** To which of these the server hands for sure what is sent to the account now. */
export function sureOf(view: View, to: Jid, receivers: readonly Session[], now: number): readonly Session[] {
  return receivers.filter(session => wasThere(session, now) && isSure(view, session, to, now));
}

/**
 * Who may have got a message by one of its copies, which do not say, but come once a session: the first stands for all
 * that are there (see Receptions for where fewer come than that), a later one for who has come since.
 * @param nth which copy it is, of those of a reception
 * @param sentAt when the message was sent, in ms
 */
export function attributeCopy(
  view: View,
  to: Jid,
  receivers: readonly Session[],
  nth: number,
  sentAt: number,
): Attribution {
  const by = nth === 1 ? receivers : laterOf(receivers, nth, sentAt);
  const isSureOf = (session: Session) => isSure(view, session, to, sentAt);
  if (to.resource === '' && by.some(isUnshown)) {
    const got = by.filter(one => !isUnshown(one) && wasThere(one, sentAt) && isSureOf(one));
    return { got, open: NONE };
  }
  const got = by.every(isSureOf) ? by : by.filter(isSureOf);
  return { got, open: got === by ? NONE : by.filter(session => !got.includes(session)) };
}

/**
 * Who of these has got a message of which this many copies came. Each session that was there for sure has made one
 * copy. Copies beyond their number, and beyond the number of those who have ended since and may have made one each, were
 * made by sessions that had just come, in the order in which they came.
 * @param isSettled was it there for sure when the message was routed?
 * @returns nobody if fewer copies came than sessions were there for sure: it is not known which of them has none
 */
export function makersOf(
  receivers: readonly Session[],
  copies: number,
  gone: number,
  isSettled: (session: Session) => boolean,
): readonly Session[] {
  const settled = receivers.filter(isSettled);
  if (copies < settled.length) return NONE;
  const ofYoung = Math.max(0, copies - settled.length - gone);
  return [...settled, ...youngOf(receivers, isSettled).slice(0, ofYoung)];
}

/**
 * Whom a later copy stands for. The first copies belong to the sessions that were there for sure; the ones after them
 * to those that had just come, one each, in that order.
 */
function laterOf(receivers: readonly Session[], nth: number, sentAt: number): readonly Session[] {
  if (receivers.every(session => wasThere(session, sentAt))) return NONE;
  const young = youngOf(receivers, session => wasThere(session, sentAt));
  const at = nth - 1 - (receivers.length - young.length);
  return at < 0 ? NONE : young.slice(at, at + 1);
}

/**
 * Those that had just come when a message was routed, in that order. Nobody, where one was said to have ended and has not
 * shown itself since: whether that was there nobody knows.
 */
function youngOf(receivers: readonly Session[], isSettled: (one: Session) => boolean): readonly Session[] {
  const young = receivers.filter(session => !isSettled(session));
  if (young.some(({ doubtedAt }) => doubtedAt !== null)) return NONE;
  return young.sort((one, other) => one.availableAt - other.availableAt);
}

/**
 * Who gets a flood: the session that became available last, if that was just now; else whoever gets what is sent now.
 * If two became available together, nobody is taken to have it: better sent twice than never. If the message addresses
 * a session that was there before, and another has just come, one of these two made the copy, and both are returned. If
 * they came together, nobody is taken to have it: it went to the one addressed only if that was bound by then. As many
 * copies as there are sessions to get it say that each of these has it.
 * @param nth which copy of it this is
 * @param isQueued it comes out of the queue, and is not sent to whom it addresses
 */
export function attributeFlood(
  view: View,
  to: Jid,
  nth: number,
  isQueued: boolean,
  now: number,
): readonly Session[] {
  const addressed = to.resource === '' ? undefined : view.get(to);
  if (addressed !== undefined && !isQueued) return [addressed];
  if (addressed === undefined && nth > 1) {
    const receivers = receiversOf(view, to);
    if (receivers.length === nth && receivers.every(one => isSure(view, one, to, now))) return receivers;
  }
  const [latest, before] = view
    .of(to.bare)
    .filter(session => session !== addressed && (session.priority ?? -1) >= 0)
    .sort((one, other) => other.availableAt - one.availableAt);
  if (latest === undefined) return receiversOf(view, to);
  const age = now - latest.availableAt;
  if (addressed !== undefined) {
    if (age > YOUNG) return [addressed];
    return latest.availableAt - cameAt(addressed) > REGISTERED ? [addressed, latest] : NONE;
  }
  const isNext = before !== undefined && latest.availableAt - before.availableAt <= TOGETHER;
  if (isNext && age <= YOUNG) return NONE;
  return age <= FLOOD_AFTER ? [latest] : receiversOf(view, to);
}

/** When a session showed its presence last, or, while it has none, when it was first seen, in ms. */
export function cameAt({ priority, availableAt, seenAt }: Session): number {
  return priority === null ? seenAt : availableAt;
}

/** The priority that a session has or had when its presence was last seen; null where that is not known. */
export function priorityOf({ priority, formerly }: Session): number | null {
  return priority ?? (typeof formerly === 'number' ? formerly : null);
}

/** Whether another one of the account, of whom too little is known yet, may get what is sent to that in place of this one. */
export function isBelowUnknown(view: View, { key, jid }: Session, priority: number): boolean {
  if (view.seeksAbove(jid, priority)) return true;
  return view.of(jid.bare).some(other => other.key !== key && mayBeAbove(other, priority));
}

/** Is its last stream said to have ended, and a next one bound without presence? The server may give it nothing then. */
function isUnshown({ priority, loginAt }: Session): boolean {
  return priority !== null && loginAt !== null;
}

/** Is it certain that no other session has got in its place what this one is taken to have got? */
function isSure(view: View, session: Session, to: Jid, sentAt: number): boolean {
  if (to.full === session.jid.full) return !isJustBound(session, sentAt) || view.of(to.bare).length === 1;
  return !view.seeks(to) && !isBelowUnknown(view, session, priorityOf(session) ?? LOWEST);
}

/**
 * Was it first seen so late that it may have been bound after the message was routed? Of what two sessions did, what came
 * later may be copied first.
 */
function isJustBound({ priority, seenAt }: Session, sentAt: number): boolean {
  return priority === null && seenAt > sentAt - REGISTERED;
}

/** Whether a session that was there without anybody's knowing may have a higher priority than this. */
function mayBeAbove({ priority, loginAt, formerly }: Session, than: number): boolean {
  // who logs in has not had a presence until now
  if (priority !== null || loginAt !== null) return false;
  return formerly === 'unsaid' || (typeof formerly === 'number' && formerly > than);
}

/** Does the server have its last presence in its tables? It tells the session so, but for where that is never copied. */
export function isInTables({ priority, registeredAt, availableAt }: Session, now: number): boolean {
  return priority === null || registeredAt >= availableAt || now - availableAt > YOUNG;
}

/**
 * Was the session available when a message was routed that was sent at this moment? Its presence takes a moment from
 * its copy to the server's tables.
 */
export function wasThere({ availableAt, registeredAt, doubtedAt }: Session, sentAt: number): boolean {
  if (doubtedAt !== null && doubtedAt <= sentAt) return false; // somebody was told that it had ended
  if (registeredAt >= availableAt) return registeredAt < sentAt;
  return availableAt < sentAt - REGISTERED; // a busy server may take longer, and it shows when the copy comes
}
