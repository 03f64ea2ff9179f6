import type { Jid } from '../xmpp/jid.js';
import { ownCopy } from '../xmpp/own-copy.js';

/** One stay of a device online, as far as the copies tell. */
export interface Session {
  /** Never used twice while the process lives. */
  readonly key: number;
  readonly jid: Jid;
  /** null: it was seen to act, but its presence was not (it began before respool was attached, or sends none). */
  priority: number | null;
  /** When its presence came last, in ms. */
  availableAt: number;
  /** When it last sent a stanza of its own, in ms. */
  activeAt: number;
  /** What its last presence said, to tell an update from a new login; null: it was not seen. */
  presence: string | null;
  /** When it first sent what clients send at a login, since its last presence (which clears it); null: it did not. */
  loginAt: number | null;
  /** Somebody was told, since its last presence, that it has ended. */
  doubted: boolean;
  /** Rooms that it has asked to let it in, without an answer yet. */
  joining: Set<string> | null;
  /** Rooms that have let it in. */
  rooms: Set<string> | null;
  /** When it was put behind the others without presence, in ms. */
  listedAt: number;
}

/** A session as the process before this one knew it. */
export interface InheritedSession {
  jid: string;
  priority: number;
  /** What its presence said, null where that is not known, and how long ago, in ms. */
  presence: string | null;
  availableFor: number;
}

/**
 * Whose presence it is. A new stream under the same full JID looks like the old one (the bind is not copied), but says
 * the same again, or asks first for what only a login asks for: then it is `maybe-new`, else `same`.
 */
export type StreamGuess = 'new' | 'maybe-new' | 'same';

/** Sessions that act without presence are kept in this number at most, those longest silent go first. */
const MOST_WITHOUT_PRESENCE = 20_000;
/** So many of one account are kept at most, those that acted longest ago go first; servers allow about ten. */
const MOST_OF_ACCOUNT = 100;
/** The order of those is no finer than this, in ms. */
const LISTED = 10_000;
/** They go so many at a time: to look for the first key of a Map is to pass all that were deleted. */
const LOT = 2_000;
/** mod_offline floods at once when a session becomes available, so a flood within this many ms is its own. */
const FLOOD_AFTER = 30_000;
/** From the first stanza of a login to its presence, in ms. */
const LOGIN = 60_000;
/** Of two sessions that become available within this time either may get the flood, in ms. */
const TOGETHER = 250;
/** A session so young, in ms, may not have been there yet when a message was routed. */
const YOUNG = 2_000;

const NONE: readonly Session[] = [];

/** Which sessions are believed to be online. */
export class Sessions {
  #byAccount = new Map<string, Session[]>();
  #withoutPresence = new Map<string, Session>();
  #nextKey = 1;

  get(jid: Jid): Session | undefined {
    const sessions = this.#byAccount.get(jid.bare);
    if (sessions === undefined) return undefined;
    for (const session of sessions) if (session.jid.resource === jid.resource) return session;
    return undefined;
  }

  /** All sessions of an account that are believed online. */
  of(account: string): readonly Session[] {
    return this.#byAccount.get(account) ?? NONE;
  }

  /**
   * A session announced itself with this priority; `presence` is what it said, as text, null where that is not known. `forgotten`: those of the account
   * that had to go for it.
   */
  available(
    jid: Jid,
    priority: number,
    presence: string | null,
    now: number,
  ): { session: Session; stream: StreamGuess; forgotten: Session[] } {
    const known = this.get(jid);
    const forgotten = known === undefined ? this.#crowdedOut(jid.bare) : [];
    const session = known ?? this.#add(jid, now);
    const unsure = session.presence === null || session.presence === presence;
    const again = session.loginAt !== null || session.doubted || unsure;
    const stream = session.priority === null ? 'new' : again ? 'maybe-new' : 'same';
    this.#withoutPresence.delete(jid.full);
    if (session.presence !== presence) session.presence = ownCopy(presence);
    session.doubted = false;
    if (stream !== 'same') session.rooms = null;
    session.priority = priority;
    session.availableAt = now;
    session.activeAt = now;
    return { session, stream, forgotten };
  }

  /** A session does what clients do at a login. @returns whether that is the first of it */
  logsIn(session: Session, now: number): boolean {
    if (session.loginAt !== null && now - session.loginAt <= LOGIN) return false;
    session.loginAt = now;
    return true;
  }

  /**
   * A stanza that only a live session sends or gets; `discovered` where the session was not known. There are only so
   * many without presence: `forgotten` are those that had to go.
   */
  seen(
    jid: Jid,
    acted: boolean,
    now: number,
  ): { session: Session; discovered: boolean; forgotten: Session[] } {
    const known = this.get(jid);
    const crowdedOut = known === undefined ? this.#crowdedOut(jid.bare) : [];
    const session = known ?? this.#add(jid, now);
    if (acted) session.activeAt = now;
    if (session.priority === null && now - session.listedAt > LISTED) {
      session.listedAt = now;
      this.#withoutPresence.delete(jid.full);
      this.#withoutPresence.set(jid.full, session);
    }
    const forgotten = known === undefined ? [...crowdedOut, ...this.#forgetSome()] : [];
    return { session, discovered: known === undefined, forgotten };
  }

  /** A session has ended. Returns it, or undefined where it was not believed online. */
  end(jid: Jid): Session | undefined {
    const session = this.get(jid);
    if (session === undefined) return undefined;
    this.#withoutPresence.delete(jid.full);
    const left = this.of(jid.bare).filter(other => other !== session);
    if (left.length > 0) this.#byAccount.set(jid.bare, left);
    else this.#byAccount.delete(jid.bare);
    return session;
  }

  /** Those whose presence is known, as another process can take them over. */
  list(now: number): InheritedSession[] {
    return [...this.#byAccount.values()].flat().flatMap(({ jid, priority, presence, availableAt }) => {
      return priority === null
        ? []
        : [{ jid: jid.full, priority, presence, availableFor: now - availableAt }];
    });
  }

  clear(): void {
    this.#byAccount.clear();
    this.#withoutPresence.clear();
  }

  /**
   * Who gets a message of type chat or normal: the full JID addressed, else every session with the highest
   * non-negative priority (RFC 6121, 8.5.2; seen on ejabberd), else the sessions whose presence is unknown, but for those
   * that have just logged in.
   */
  receivers(to: Jid): Session[] {
    const sessions = this.of(to.bare);
    const addressed = to.resource === '' ? undefined : sessions.find(s => s.jid.resource === to.resource);
    if (addressed !== undefined) return [addressed];
    const highest = sessions.reduce((most, s) => Math.max(most, s.priority ?? -1), -1);
    if (highest >= 0) return sessions.filter(s => s.priority === highest);
    return sessions.filter(s => s.priority === null && s.loginAt === null);
  }

  /** True where the session had been available for some time, so that what was routed to its like reached it too. */
  isSettled(session: Session, now: number): boolean {
    return now - session.availableAt > YOUNG;
  }

  /**
   * Who gets a flood: the session that became available last, if that was just now. Where two came together nobody can
   * tell, and it is better sent once too often.
   */
  flooded(to: Jid, now: number): Session[] {
    const addressed = to.resource === '' ? undefined : this.get(to);
    if (addressed !== undefined) return [addressed];
    let latest: Session | undefined;
    let before = Number.NEGATIVE_INFINITY;
    for (const session of this.of(to.bare)) {
      if ((session.priority ?? -1) < 0) continue;
      if (latest === undefined || session.availableAt >= latest.availableAt) {
        before = latest?.availableAt ?? before;
        latest = session;
      } else before = Math.max(before, session.availableAt);
    }
    if (latest !== undefined && latest.availableAt - before <= TOGETHER && now - latest.availableAt <= YOUNG)
      return [];
    return latest !== undefined && now - latest.availableAt <= FLOOD_AFTER ? [latest] : this.receivers(to);
  }

  #add(jid: Jid, now: number): Session {
    const session: Session = {
      key: this.#nextKey++,
      jid: ownCopy(jid),
      priority: null,
      availableAt: 0,
      activeAt: now,
      presence: null,
      loginAt: null,
      doubted: false,
      joining: null,
      rooms: null,
      listedAt: Number.NEGATIVE_INFINITY,
    };
    const others = this.#byAccount.get(jid.bare);
    if (others === undefined) this.#byAccount.set(jid.bare, [session]);
    else others.push(session);
    return session;
  }

  /** Makes room for one more session of an account. */
  #crowdedOut(account: string): Session[] {
    const sessions = this.of(account);
    if (sessions.length < MOST_OF_ACCOUNT) return [];
    const idlest = sessions.reduce((one, other) => (other.activeAt < one.activeAt ? other : one));
    this.end(idlest.jid);
    return [idlest];
  }

  #forgetSome(): Session[] {
    const forgotten: Session[] = [];
    if (this.#withoutPresence.size < MOST_WITHOUT_PRESENCE + LOT) return forgotten;
    for (const session of this.#withoutPresence.values()) {
      if (this.#withoutPresence.size <= MOST_WITHOUT_PRESENCE) break;
      this.end(session.jid);
      forgotten.push(session);
    }
    return forgotten;
  }
}
