import type { Jid } from '../xmpp/jid.js';
import { ownCopy } from '../xmpp/own-copy.js';
import type { InheritedSession } from './inherited-session.js';
import { type Entry, newEntry } from './session.js';

/** Sessions that act without presence are kept in this number at most, those longest silent go first. */
const MOST_WITHOUT_PRESENCE = 20_000;
/** So many of one account are kept at most, those that acted longest ago go first; servers allow about ten. */
const MOST_OF_ACCOUNT = 100;
/** What comes to a session so soon after its end, in ms, was on its way to it, and shows no new one. */
const ENDED = 2_000;
/** What it sent may come to others so long after its end, in ms: an archive may store it first. */
const READ_LATE = 10_000;
/** And the copy of a message that was routed to it before, so soon. */
const ON_ITS_WAY = 100;
/** The order of those without presence is no finer than this, in ms. */
const LISTED = 10_000;
/** So many accounts are remembered that have shown a presence. */
const MOST_MET = 50_000;
/** They go so many at a time: to look for the first key of a Map is to pass all that were deleted. */
const LOT = 2_000;

const NONE: readonly Entry[] = [];

/** The sessions that are believed to be there, by account and resource, in bounded numbers. */
export class Sessions {
  readonly #byAccount = new Map<string, Entry[]>();
  readonly #withoutPresence = new Map<string, Entry>();
  /** Sessions that have just ended, and when, in ms, by full JID. */
  readonly #ended = new Map<string, number>();
  /** Accounts that have shown a presence: the server tells it to all sessions of the account, which are known by that. */
  readonly #met = new Set<string>();
  #nextKey = 1;

  get({ bare, resource }: Jid): Entry | undefined {
    const sessions = this.#byAccount.get(bare);
    if (sessions === undefined) return undefined;
    for (const session of sessions) if (session.jid.resource === resource) return session;
    return undefined;
  }

  /** All of an account. */
  of(account: string): readonly Entry[] {
    return this.#byAccount.get(account) ?? NONE;
  }

  /** How many there are. */
  get size(): number {
    let size = 0;
    for (const sessions of this.#byAccount.values()) size += sessions.length;
    return size;
  }

  /** Those whose presence is known, as another process can take them over. */
  inheritance(now: number): InheritedSession[] {
    return [...this.#byAccount.values()].flat().flatMap(({ jid, priority, presence, availableAt }) => {
      if (priority === null) return [];
      return [{ jid: jid.full, priority, presence, availableFor: now - availableAt }];
    });
  }

  /** One that is not there yet. `forgotten`: one of its account that had to go for it. */
  add(jid: Jid, now: number): { session: Entry; forgotten: Entry[] } {
    const forgotten = this.#crowdedOut(jid.bare);
    const session = newEntry(this.#nextKey++, jid, now);
    const others = this.#byAccount.get(jid.bare);
    if (others === undefined) this.#byAccount.set(jid.bare, [session]);
    else others.push(session);
    return { session, forgotten };
  }

  /** It has no presence, and shows itself: it is the last of those to be forgotten. */
  listed(session: Entry, now: number): void {
    if (now - session.listedAt <= LISTED) return;
    session.listedAt = now;
    this.#withoutPresence.delete(session.jid.full);
    this.#withoutPresence.set(session.jid.full, session);
  }

  /** Makes room where there are too many without presence. Returns those that had to go. */
  forgetSome(): Entry[] {
    const forgotten: Entry[] = [];
    if (this.#withoutPresence.size < MOST_WITHOUT_PRESENCE + LOT) return forgotten;
    for (const session of this.#withoutPresence.values()) {
      if (this.#withoutPresence.size <= MOST_WITHOUT_PRESENCE) break;
      this.end(session.jid);
      forgotten.push(session);
    }
    return forgotten;
  }

  /** It has gone: what still comes to it shows no new one. Returns it, or undefined where it was not there. */
  goes(jid: Jid, now: number): Entry | undefined {
    const { full } = jid;
    for (const [oldest, at] of this.#ended) {
      if (now - at < READ_LATE) break;
      this.#ended.delete(oldest);
    }
    this.#ended.delete(full); // the last to end stands last
    this.#ended.set(ownCopy(full), now);
    return this.end(jid);
  }

  /** @param isLate for what it sent to others */
  hasJustLeft({ full }: Jid, isLate: boolean, now: number): boolean {
    const at = this.#ended.get(full);
    return at !== undefined && now - at < (isLate ? READ_LATE : ENDED);
  }

  /**
   * The session that shows its presence: the known one, or a new one. `forgotten`: one without presence that was said
   * to have ended, and those that make room.
   */
  showing(jid: Jid, now: number): { session: Entry; forgotten: Entry[] } {
    const ended = this.#endUnannounced(jid);
    const known = this.get(jid);
    const { session, forgotten } =
      known === undefined ? this.add(jid, now) : { session: known, forgotten: [] };
    this.#withoutPresence.delete(jid.full); // it has one now
    return { session, forgotten: [...forgotten, ...ended] };
  }

  /** A session of the account has sent its presence. */
  meets(account: string): void {
    if (this.#met.has(account)) return;
    if (this.#met.size >= MOST_MET) this.#met.clear();
    this.#met.add(ownCopy(account));
  }

  /**
   * Is each session known for certain that may get a message to this JID, with its priority, and has nothing changed of
   * late? One that has said it is unavailable may be bound still, and gets what is sent to its full JID.
   */
  knowsAllWhoGet(to: Jid, now: number): boolean {
    const account = to.bare;
    if (to.resource !== '' && this.get(to) === undefined) return false;
    const isSettled = ({ priority, doubtedAt, availableAt, registeredAt }: Entry) =>
      priority !== null && doubtedAt === null && (registeredAt >= availableAt || now - availableAt >= ENDED);
    if (!this.#met.has(account) || !this.of(account).every(isSettled)) return false;
    const isOf = (full: string) => full.startsWith(`${account}/`);
    for (const [full, at] of this.#ended) if (now - at < ON_ITS_WAY && isOf(full)) return false; // the longest look last
    return true;
  }

  /** It is there no more. Returns it, or undefined where it was not there. */
  end(jid: Jid): Entry | undefined {
    const session = this.get(jid);
    if (session === undefined) return undefined;
    this.#withoutPresence.delete(jid.full);
    const left = this.of(jid.bare).filter(other => other !== session);
    if (left.length > 0) this.#byAccount.set(jid.bare, left);
    else this.#byAccount.delete(jid.bare);
    return session;
  }

  clear(): void {
    this.#byAccount.clear();
    this.#withoutPresence.clear();
    this.#met.clear();
  }

  /**
   * Ends the session of this JID if it has shown no presence and was said to have ended: who shows itself now is
   * another one.
   */
  #endUnannounced(jid: Jid): Entry[] {
    const session = this.get(jid);
    if (session?.priority !== null || session.doubtedAt === null) return [];
    this.end(jid);
    return [session];
  }

  /** Makes room for one more session of an account. */
  #crowdedOut(account: string): Entry[] {
    const sessions = this.of(account);
    if (sessions.length < MOST_OF_ACCOUNT) return [];
    const idlest = sessions.reduce((one, other) => (other.activeAt < one.activeAt ? other : one));
    this.end(idlest.jid);
    return [idlest];
  }
}
