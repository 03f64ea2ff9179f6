import type { Jid } from '../xmpp/jid.js';
import { ownCopy } from '../xmpp/own-copy.js';
import { Login, type LoginAct, type StreamGuess } from './login.js';

/** One stay of a device online, as far as the copies tell. */
export interface Session {
  /** Never used twice while the process lives. */
  readonly key: number;
  readonly jid: Jid;
  /** null: it was seen to act, but its presence was not (it began before respool was attached, or sends none). */
  priority: number | null;
  /** When its presence came last, in ms. */
  availableAt: number;
  /** When the server told it of its own presence, in ms: from then on it is in the server's tables. */
  registeredAt: number;
  /** When it last sent a stanza of its own, in ms. */
  activeAt: number;
  /** What its last presence said, to tell an update from a new login; null: it was not seen. */
  presence: string | null;
  /** It has no presence yet and does what clients do at a login; null: it does not, or has shown its presence since. */
  loginAt: number | null;
  readonly login: Login;
  /** Its resource has come back: this is not the first stream of it. */
  cameBack: boolean;
  /** When somebody was told that it has ended, unless it has shown itself or answered since, in ms; null: nobody was. */
  doubtedAt: number | null;
  /** Rooms that it has asked to let it in, without an answer yet. */
  joining: Set<string> | null;
  /** Rooms that have let it in, and when, in ms. */
  rooms: Map<string, number> | null;
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

/** Directory that act without presence are kept in this number at most, those longest silent go first. */
const MOST_WITHOUT_PRESENCE = 20_000;
/** So many of one account are kept at most, those that acted longest ago go first; servers allow about ten. */
const MOST_OF_ACCOUNT = 100;
/** What comes to a session so soon after its end, in ms, was on its way to it, and shows no new one. */
const ENDED = 2_000;
/** Two equal presences of one login come within this time, in ms. */
const SAME_LOGIN = 10_000;
/** Who has sent nothing for so long, in ms, stirs with the next stanza. */
const QUIET = 1_000;
/** The order of those is no finer than this, in ms. */
const LISTED = 10_000;
/** They go so many at a time: to look for the first key of a Map is to pass all that were deleted. */
const LOT = 2_000;
/** mod_offline floods at once when a session becomes available, so a flood within this many ms is its own. */
const FLOOD_AFTER = 30_000;
/** Of two sessions that become available within this time either may get the flood, in ms. */
const TOGETHER = 250;
/** The server knows a session as available so long after the copy of its presence at the latest, in ms. */
const REGISTERED = 100;
/** A session so young, in ms, may be the one that gets a flood. */
const YOUNG = 2_000;

const NONE: readonly Session[] = [];

/** Which sessions are believed to be online. */
export class Directory {
  #byAccount = new Map<string, Session[]>();
  #withoutPresence = new Map<string, Session>();
  /** Sessions that have just ended, and when, in ms, by full JID. */
  readonly #ended = new Map<string, number>();
  #nextKey = 1;

  /** How many sessions are believed to be online. */
  get size(): number {
    let size = 0;
    for (const sessions of this.#byAccount.values()) size += sessions.length;
    return size;
  }

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
    const isEqual = session.presence === null || session.presence === presence;
    if (presence === null) session.login.isOver(); // found by a ping
    const seen = session.login.announces(session.priority !== null, isEqual, now);
    // who was said to have ended and shows itself is another stream
    const hadEnded = seen !== 'new' && seen !== 'renewed' && session.doubtedAt !== null;
    const stream = hadEnded ? session.login.hadEnded(session.doubtedAt as number) : seen;
    this.#withoutPresence.delete(jid.full);
    if (session.presence !== presence) session.presence = ownCopy(presence);
    // an equal presence soon after the last one may be of the same login, as some clients send it twice
    session.cameBack = stream === 'renewed' || (stream === 'sign' && now - session.availableAt > SAME_LOGIN);
    session.doubtedAt = null;
    session.loginAt = null;
    if (stream === 'new' || stream === 'renewed') session.rooms = null;
    session.priority = priority;
    session.availableAt = now;
    session.activeAt = now;
    return { session, stream, forgotten };
  }

  /** A session without presence does what clients do at a login: it shows itself in a moment. */
  beginsLogin(session: Session, now: number): void {
    if (session.priority === null) session.loginAt ??= now;
  }

  /** A session does what clients do once in each stream. */
  logsIn(session: Session, act: LoginAct, now: number): StreamGuess {
    this.beginsLogin(session, now);
    return session.login.acts(act, session.priority !== null, now);
  }

  /**
   * A stanza that only a live session sends or gets; `discovered` where the session was not known, `stirs` where it had
   * sent nothing for some time. There are only so many without presence: `forgotten` are those that had to go.
   */
  seen(
    jid: Jid,
    acted: boolean,
    now: number,
  ): { discovered: Session | undefined; stirs: Session | undefined; forgotten: Session[] } {
    const known = this.get(jid);
    if (known === undefined && !acted && this.#hasJustEnded(jid, now)) {
      return { discovered: undefined, stirs: undefined, forgotten: [] };
    }
    const crowdedOut = known === undefined ? this.#crowdedOut(jid.bare) : [];
    const session = known ?? this.#add(jid, now);
    const stirs = acted && now - session.activeAt > QUIET;
    if (acted) session.activeAt = now;
    if (session.priority === null && now - session.listedAt > LISTED) {
      session.listedAt = now;
      this.#withoutPresence.delete(jid.full);
      this.#withoutPresence.set(jid.full, session);
    }
    const forgotten = known === undefined ? [...crowdedOut, ...this.#forgetSome()] : [];
    const discovered = known === undefined ? session : undefined;
    return { discovered, stirs: stirs ? session : undefined, forgotten };
  }

  /** A session has said that it goes. Returns it, or undefined where it was not believed online. */
  leaves(jid: Jid, now: number): Session | undefined {
    for (const [oldest, at] of this.#ended) {
      if (now - at < ENDED) break;
      this.#ended.delete(oldest);
    }
    this.#ended.set(ownCopy(jid.full), now);
    return this.end(jid);
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

  /** The server tells a session of its own presence, which it has put into its tables (RFC 6121, 4.2.2). */
  registered(jid: Jid, now: number): void {
    const session = this.get(jid);
    if (session !== undefined) session.registeredAt = now;
  }

  /**
   * Was the session available when a message was routed that was sent at this moment? Its presence takes a moment from
   * its copy to the server's tables.
   */
  wasThere({ availableAt, registeredAt }: Session, sentAt: number): boolean {
    const isRegistered = registeredAt >= availableAt && registeredAt < sentAt;
    return isRegistered || availableAt < sentAt - REGISTERED;
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
      registeredAt: Number.NEGATIVE_INFINITY,
      activeAt: now,
      presence: null,
      loginAt: null,
      login: new Login(),
      cameBack: false,
      doubtedAt: null,
      joining: null,
      rooms: null,
      listedAt: Number.NEGATIVE_INFINITY,
    };
    const others = this.#byAccount.get(jid.bare);
    if (others === undefined) this.#byAccount.set(jid.bare, [session]);
    else others.push(session);
    return session;
  }

  #hasJustEnded({ full }: Jid, now: number): boolean {
    const at = this.#ended.get(full);
    return at !== undefined && now - at < ENDED;
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
