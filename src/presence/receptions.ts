import {
  hasTaken,
  isMissingCopies,
  isUnknown,
  makers,
  type Open,
  raise,
  settledOf,
} from './open-reception.js';
import type { Decision, Reception, Taken } from './reception.js';
import type { Session } from './session.js';

/** A session that is bound shows itself within this time, in ms. */
const SHOWN_WITHIN = 2_000;
/** What has takers is decided sooner than this, in ms. */
export const UNDECIDED = 60_000;
/** All copies of a message come within this time, in ms. */
const TOGETHER = 300;
/** Who has not answered so long after that, in ms, is waited for no longer. */
const PATIENCE = 10_000;
/** So many are open at most; the oldest go of those that wait for who is not known. */
const MOST = 50_000;
/** They go so many at a time: to look for the first key of a Map is to pass all that were deleted. */
const LOT = 2_000;
/** So many of one account that wait for those who are not known. */
const MOST_UNKNOWN = 200;

const NOTHING: Decision[] = [];
const NO_KEYS: readonly number[] = [];
const NOBODY: readonly Taken[] = [];

/**
 * Receptions of which it is open who made them, for a copy does not say whose it is. The next change decides:
 * - Each session's process makes a copy. Where fewer come than there are sessions, some have not got it: those that the
 *   server says were gone; or those that had just come, which it may not have known when it routed the message; or else
 *   nobody knows which, and then none is taken to have it.
 * - What comes for a full JID at which no session is known, another of the account is taken to have. The one addressed
 *   may have been there all the same, bound a moment ago and not seen yet (the bind is not copied).
 * - What comes to an account while too little is known of who is there, somebody has who is not known, or those have who
 *   are; until that is decided they are taken to have it, so that it is not sent to them.
 *
 * Example: phone and laptop are online, one copy comes. The server returns the phone's ping: the laptop has it.
 */
export class Receptions {
  readonly #byNumber = new Map<number, Open>();
  readonly #byAccount = new Map<string, Map<string, Open>>();
  #last = 0;

  /** One comes of which it is not sure who made it. */
  open(reception: Reception, now: number): Decision[] {
    const { account, identity, floor } = reception;
    const others = this.#byAccount.get(account);
    const before = others?.get(identity);
    const isRoutedAnew = reception.isResent; // whoever had it before has ended
    if (before !== undefined && !isRoutedAnew && isUnknown(before) && isUnknown({ reception })) {
      before.takers = [...before.takers, ...reception.takers];
      return raise(before, floor);
    }
    // an equal message without an id
    const out = before === undefined ? [] : this.#close(before, isUnknown(before) ? NOBODY : before.takers);
    if (this.#byNumber.size >= MOST + LOT) out.push(...this.#makeRoom());
    const { number } = this.#add(reception, now);
    if (reception.isCounted) out.push({ do: 'wake', number, at: now + TOGETHER });
    else if (reception.isStray) out.push({ do: 'wake', number, at: now + SHOWN_WITHIN });
    return out;
  }

  /** Is there room for one that waits for who is not known? */
  hasRoom(account: string): boolean {
    return (this.#byAccount.get(account)?.size ?? 0) < MOST_UNKNOWN;
  }

  /** Another copy of it came. @returns also the keys of those that are taken to have got it already */
  another(account: string, identity: string, now: number): { taken: readonly number[]; out: Decision[] } {
    const open = this.#byAccount.get(account)?.get(identity);
    if (open === undefined || !open.reception.isCounted) return { taken: NO_KEYS, out: NOTHING };
    open.copies++;
    return { taken: open.takers.map(({ session }) => session.key), out: this.#look(open, now) };
  }

  /** Its time has come. */
  wake(number: number, now: number): Decision[] {
    const open = this.#byNumber.get(number);
    if (open === undefined) return [];
    if (isMissingCopies(open))
      return open.answered === null ? this.#miss(open, now) : this.#close(open, makers(open));
    const shownBy = open.at + SHOWN_WITHIN;
    return now < shownBy ? [{ do: 'wake', number, at: shownBy }] : this.#close(open, open.takers);
  }

  /** The server has returned it to its sender: the unknown session that had it has ended, and no later one has got it. */
  returned(account: string, identity: string): Decision[] {
    const open = this.#byAccount.get(account)?.get(identity);
    return open === undefined || !isUnknown(open) ? NOTHING : this.#close(open, NOBODY);
  }

  /** The session has ended; what it had is owed again. */
  ended(session: Session, now: number): Decision[] {
    return this.#each(session.jid.bare, open => this.#wasNotThere(open, session, now));
  }

  /** The session's stream is a new one. */
  renewed(session: Session, now: number): Decision[] {
    return this.#each(session.jid.bare, open => {
      const isLater = open.answered !== null || session.login.since > open.at;
      return isLater ? this.#wasNotThere(open, session, now) : [];
    });
  }

  /** The session has answered a ping: it is there. */
  answered(session: Session, now: number): Decision[] {
    return this.#each(session.jid.bare, open => {
      if (open.answered === null || !hasTaken(open, session.key)) return [];
      open.answered.add(session.key);
      return this.#look(open, now);
    });
  }

  /**
   * The session shows itself: what came for it a moment ago, no other one has got, and it has where nobody else was there.
   * @param isSure it is known who else of its account is there
   */
  shown(session: Session, isSure: boolean, now: number): Decision[] {
    return this.#each(session.jid.bare, open => {
      const { account, identity, isStray, isResent, resource } = open.reception;
      if (resource !== session.jid.resource || now - open.at > SHOWN_WITHIN) return [];
      const isAlone = isSure && isUnknown(open) && open.takers.length === 0 && open.had.length === 0;
      if (!isStray && !isAlone) return [];
      const has: Decision[] = isResent || isAlone ? [{ do: 'give', session, account, identity }] : [];
      return [...has, ...this.#close(open, NOBODY)];
    });
  }

  /**
   * The session, with this priority, was there from some moment on: it has got what came since for it, or for its account
   * while nobody was known.
   * @param isBelowUnknown somebody else may have got that in its place of whom too little is known
   */
  found(session: Session, priority: number, since: number, isBelowUnknown: boolean): Decision[] {
    return this.#each(session.jid.bare, open => {
      const { account, identity, resource } = open.reception;
      if (!isUnknown(open) || open.at < since || open.had.includes(session.key)) return [];
      const isForAll = resource === '';
      if (isForAll ? priority < Math.max(0, open.floor) || isBelowUnknown : resource !== session.jid.resource)
        return [];
      open.had = [...open.had, session.key];
      const own = open.takers.filter(taker => taker.session.key === session.key);
      open.takers = open.takers.filter(taker => !own.includes(taker));
      const has: Decision[] = own.map(taken => ({ do: 'decide', ...taken, got: true }));
      if (own.length === 0) has.push({ do: 'give', session, account, identity });
      return [...has, ...(isForAll ? raise(open, priority) : this.#close(open, NOBODY))];
    });
  }

  /** A session of this priority was there until that moment, it may be: it has what came for the account. */
  raise(account: string, priority: number, until: number): Decision[] {
    return this.#each(account, open => (isUnknown(open) && open.at <= until ? raise(open, priority) : []));
  }

  /** Nobody more will be found: the takers that are left have not got what came while it was unknown who is there. */
  giveUp(account: string): Decision[] {
    return this.#each(account, open => (isUnknown(open) ? this.#close(open, NOBODY) : []));
  }

  clear(): void {
    this.#byNumber.clear();
    this.#byAccount.clear();
  }

  /**
   * Copies are missing. Takers whose stream is younger than the message have not got it; the others are asked whether
   * they are there.
   */
  #miss(open: Open, now: number): Decision[] {
    open.answered = new Set();
    open.takers = open.takers.filter(({ session }) => session.login.since <= open.at);
    const out = this.#look(open, now);
    if (!this.#byNumber.has(open.number)) return out;
    for (const { session } of open.takers) out.push({ do: 'ask', session });
    return [...out, { do: 'wake', number: open.number, at: open.at + TOGETHER + PATIENCE }];
  }

  #wasNotThere(open: Open, { key }: Session, now: number): Decision[] {
    if (!hasTaken(open, key)) return [];
    open.takers = open.takers.filter(({ session }) => session.key !== key);
    return this.#look(open, now);
  }

  /** Is it decided by now? */
  #look(open: Open, now: number): Decision[] {
    const { reception, takers, answered, at } = open;
    if (isUnknown(open)) return [];
    if (takers.length === 0) return this.#close(open, NOBODY);
    if (!isMissingCopies(open)) {
      // two copies are of two sessions, so that the one addressed was not there
      const mayBeIts = reception.isStray && open.copies === 1;
      return mayBeIts && now < at + SHOWN_WITHIN ? [] : this.#close(open, takers);
    }
    const areAllThere = answered !== null && takers.every(({ session }) => answered.has(session.key));
    return areAllThere ? this.#close(open, makers(open)) : [];
  }

  #each(account: string, what: (open: Open) => Decision[]): Decision[] {
    const opens = this.#byAccount.get(account);
    return opens === undefined ? NOTHING : [...opens.values()].flatMap(what);
  }

  #makeRoom(): Decision[] {
    const out: Decision[] = [];
    for (const open of this.#byNumber.values()) {
      if (this.#byNumber.size <= MOST) break;
      if (isUnknown(open)) out.push(...this.#close(open, NOBODY));
    }
    return out;
  }

  #add(reception: Reception, at: number): Open {
    const { account, identity, takers, floor } = reception;
    const number = ++this.#last;
    const settled = settledOf(reception);
    const open: Open = {
      reception,
      number,
      at,
      settled,
      copies: 1,
      takers,
      answered: null,
      floor,
      had: NO_KEYS,
    };
    this.#byNumber.set(number, open);
    const others = this.#byAccount.get(account);
    if (others === undefined) this.#byAccount.set(account, new Map([[identity, open]]));
    else others.set(identity, open);
    return open;
  }

  /** @param having these of its takers have got it */
  #close({ number, reception, takers }: Open, having: readonly Taken[]): Decision[] {
    const { account, identity } = reception;
    this.#byNumber.delete(number);
    const others = this.#byAccount.get(account);
    others?.delete(identity);
    if (others?.size === 0) this.#byAccount.delete(account);
    return takers.map(taker => ({ do: 'decide', ...taker, got: having.includes(taker) }));
  }
}
