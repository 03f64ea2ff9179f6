import type { Jid } from '../xmpp/jid.js';
import { isMissingCopies, isUnknown, makers, type Open, raise, takenBy } from './open-reception.js';
import { OpenReceptions } from './open-receptions.js';
import type { Decision, Reception, Taken } from './reception.js';
import type { Session } from './session.js';

/** A session that is bound shows itself within this time, in ms. */
const SHOWN_WITHIN = 2_000;
/** What has takers is decided sooner than this, in ms. */
export const UNDECIDED = 60_000;
/** All copies of a message come within this time, in ms. */
const TOGETHER = 300;
/** Who sent something so shortly before a message came, in ms, and is found to be gone, may have gone after that. */
const JUST_THERE = 2_000;
/** Who has not answered so long after that, in ms, is waited for no longer. */
const PATIENCE = 10_000;
/** So many of one account that wait for those who are not known. */
const MOST_UNKNOWN = 200;

const NOTHING: Decision[] = [];
const NO_KEYS: readonly number[] = [];
const NOBODY: readonly Taken[] = [];

/**
 * Receptions of which it is open who made them, for a copy does not say whose it is. The next change decides:
 * - Each session's process makes a copy. Where fewer come than there are sessions, some have not got it: those that the
 *   server says were gone; or those that had just come, which it may not have known when it routed the message; or else
 *   nobody knows which, and then none is taken to have it. A copy that one may have made which has ended since does not
 *   count for who has just come.
 * - What comes for a full JID at which no session is known, another of the account is taken to have. The one addressed
 *   may have been there all the same, bound a moment ago and not seen yet (the bind is not copied).
 * - What comes to an account while too little is known of who is there, somebody has who is not known, or those have who
 *   are; until that is decided they are taken to have it, so that it is not sent to them.
 *
 * Example: phone and laptop are online, one copy comes. The server returns the phone's ping: the laptop has it.
 */
export class Receptions {
  readonly #opens = new OpenReceptions();

  /** One comes of which it is not sure who made it. */
  open(reception: Reception, now: number): Decision[] {
    const { account, identity, floor } = reception;
    const before = this.#opens.get(account, identity);
    const isRoutedAnew = reception.isResent; // whoever had it before has ended
    if (before !== undefined && !isRoutedAnew && isUnknown(before) && isUnknown({ reception })) {
      before.takers = [...before.takers, ...reception.takers];
      return raise(before, floor);
    }
    // an equal message without an id
    const out = before === undefined ? [] : this.#close(before, isUnknown(before) ? NOBODY : before.takers);
    for (const one of this.#opens.excess()) out.push(...this.#close(one, NOBODY));
    const { number } = this.#opens.add(reception, now);
    if (reception.isCounted) out.push({ do: 'wake', number, at: now + TOGETHER });
    else if (reception.isStray) out.push({ do: 'wake', number, at: now + SHOWN_WITHIN });
    return out;
  }

  /** Is there room for one that waits for who is not known? */
  hasRoom(account: string): boolean {
    return this.#opens.countOf(account) < MOST_UNKNOWN;
  }

  /** Another copy of it came. @returns also the keys of those that are taken to have got it already */
  another(account: string, identity: string, now: number): { taken: readonly number[]; out: Decision[] } {
    const open = this.#opens.get(account, identity);
    if (open === undefined || !open.reception.isCounted) return { taken: NO_KEYS, out: NOTHING };
    open.copies++;
    return { taken: open.takers.map(({ session }) => session.key), out: this.#look(open, now) };
  }

  /** Its time has come. */
  wake(number: number, now: number): Decision[] {
    const open = this.#opens.numbered(number);
    if (open === undefined) return [];
    if (isMissingCopies(open))
      return open.answered === null ? this.#miss(open, now) : this.#close(open, makers(open));
    const shownBy = open.at + SHOWN_WITHIN;
    return now < shownBy ? [{ do: 'wake', number, at: shownBy }] : this.#close(open, open.takers);
  }

  /** The server has returned it to its sender: the unknown session that had it has ended, and no later one has got it. */
  returned(account: string, identity: string): Decision[] {
    const open = this.#opens.get(account, identity);
    return open === undefined || !isUnknown(open) ? NOTHING : this.#close(open, NOBODY);
  }

  /** Nobody was there under this JID at that moment, in ms: what had come for it, the others have. */
  notThere({ bare, resource }: Jid, at: number): Decision[] {
    return this.#each(bare, open => {
      const { isStray, isResent, resource: addressed } = open.reception;
      const isIts = isStray && !isResent && addressed === resource && open.at <= at;
      return isIts && !isMissingCopies(open) ? this.#close(open, open.takers) : [];
    });
  }

  /** The session has ended; what it had is owed again. @param isSeen its end was seen now; else it is found to be gone */
  ended(session: Session, isSeen: boolean, now: number): Decision[] {
    return this.#each(session.jid.bare, open => {
      const wasTold = (session.doubtedAt ?? Number.NEGATIVE_INFINITY) > open.at;
      const isSince = isSeen || wasTold || open.at - session.activeAt < JUST_THERE;
      return this.#wereNotThere(open, takenBy(open, session), isSince, now);
    });
  }

  /** The session's stream is a new one. */
  renewed(session: Session, now: number): Decision[] {
    return this.#each(session.jid.bare, open => {
      const isLater = open.answered !== null || session.login.since > open.at;
      return isLater ? this.#wereNotThere(open, takenBy(open, session), true, now) : [];
    });
  }

  /** The session has answered a ping: it is there. */
  answered(session: Session, now: number): Decision[] {
    return this.#each(session.jid.bare, open => {
      if (open.answered === null || takenBy(open, session).length === 0) return [];
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
    this.#opens.clear();
  }

  /**
   * Copies are missing. Takers whose stream is younger than the message have not got it; the others are asked whether
   * they are there.
   */
  #miss(open: Open, now: number): Decision[] {
    open.answered = new Set();
    const younger = open.takers.filter(({ session }) => session.login.since > open.at);
    const out = this.#wereNotThere(open, younger, true, now);
    if (this.#opens.numbered(open.number) === undefined) return out;
    for (const { session } of open.takers) out.push({ do: 'ask', session });
    return [...out, { do: 'wake', number: open.number, at: open.at + TOGETHER + PATIENCE }];
  }

  /**
   * These may not have been there. What is addressed to one of them it got if it was there yet or already, else another
   * one did: nobody knows.
   * @param isSince they may have ended since it came
   */
  #wereNotThere(open: Open, these: readonly Taken[], isSince: boolean, now: number): Decision[] {
    if (these.some(({ session }) => session.jid.resource === open.reception.resource))
      return this.#close(open, NOBODY);
    open.takers = open.takers.filter(taker => !these.includes(taker));
    if (isSince) open.gone += these.filter(({ session }) => open.settled.has(session.key)).length;
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
    return this.#opens.of(account).flatMap(what);
  }

  /** @param having these of its takers have got it */
  #close(open: Open, having: readonly Taken[]): Decision[] {
    this.#opens.delete(open);
    return open.takers.map(taker => ({ do: 'decide', ...taker, got: having.includes(taker) }));
  }
}
