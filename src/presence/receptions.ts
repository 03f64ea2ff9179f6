import type { Session } from './session.js';

/** A session that is taken to have got a message, and the group that is held there until that is sure. */
export interface Taken {
  readonly session: Session;
  readonly group: number;
}

/** What is known now, or is to be found out, of who has got a message. */
export type Decision =
  /** The session has got what is in its group, or it has not. */
  | { do: 'decide'; session: Session; group: number; got: boolean }
  /** The session, which was not known when the message came, has got it. */
  | { do: 'give'; session: Session; account: string; identity: string }
  /** The session is to be asked whether it is there. */
  | { do: 'ask'; session: Session }
  /** Time decides something then, in ms: `wake` is to be called with this number. */
  | { do: 'wake'; number: number; at: number };

/** A message that somebody got, of which it is not sure who. */
export interface Reception {
  readonly account: string;
  readonly identity: string;
  /** The resource that was addressed, empty where it was for the account. */
  readonly resource: string;
  /** Those who are taken to have got it. */
  readonly takers: readonly Taken[];
  /** Each of the takers makes a copy. */
  readonly isCounted: boolean;
  /** The session addressed was not known; should it show itself yet, it has got it in the takers' place. */
  readonly isStray: boolean;
  /** Sessions of a lower priority have not got it, for one of this priority has, or may have. */
  readonly floor: number;
}

/** A session that is bound shows itself within this time, in ms. */
export const SHOWN_WITHIN = 2_000;
/** What has takers is decided sooner than this, in ms. */
export const UNDECIDED = 60_000;
/** All copies of a message come within this time, in ms. */
const TOGETHER = 300;
/** Who has not answered so long after that, in ms, is waited for no longer. */
const PATIENCE = 10_000;
/** So many are open at most. What comes beyond that counts as got by its takers, when their groups' time is over. */
const MOST = 50_000;
/** So many of one account that wait for those who are not known. */
const MOST_UNKNOWN = 200;

/** A reception that waits, and what has become known of it. */
interface Open extends Omit<Reception, 'takers' | 'floor'> {
  readonly number: number;
  /** When the first copy came, in ms. */
  readonly at: number;
  copies: number;
  /** Those of whom it is not known that they were gone, by their keys. */
  readonly takers: Map<number, Taken>;
  /** Fewer copies came than there are takers. */
  isShort: boolean;
  /** Those who have answered since then, by their keys. */
  readonly answered: Set<number>;
  floor: number;
  /** Sessions to which it was put down since, by their keys. */
  readonly had: number[];
}

/**
 * Receptions of which it is open who made them, for a copy does not say whose it is. The next change decides:
 * - Each session's process makes a copy. Where fewer come than there are sessions, some have not got it: those that the
 *   server says were gone, or else nobody knows which, and then none is taken to have it.
 * - What comes for a full JID at which no session is known, another of the account is taken to have. The one addressed
 *   may have been there all the same, bound a moment ago and not seen yet (the bind is not copied).
 * - What comes to an account where nobody is known who would get it, somebody has who is not known yet.
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
    if (before !== undefined && isUnknown(before) && reception.takers.length === 0) {
      before.floor = Math.max(before.floor, floor);
      return [];
    }
    const out = before === undefined ? [] : this.#close(before, true); // an equal message without an id
    if (this.#byNumber.size >= MOST) return out;
    if (reception.takers.length === 0 && (others?.size ?? 0) >= MOST_UNKNOWN) return out;
    const open = this.#add(reception, now);
    if (open.isCounted) out.push({ do: 'wake', number: open.number, at: now + TOGETHER });
    else if (open.isStray) out.push({ do: 'wake', number: open.number, at: now + SHOWN_WITHIN });
    return out;
  }

  /** Another copy of it came. */
  another(account: string, identity: string, now: number): Decision[] {
    const open = this.#byAccount.get(account)?.get(identity);
    if (open === undefined || !open.isCounted) return [];
    open.copies++;
    return this.#look(open, now);
  }

  /** Its time has come. */
  wake(number: number, now: number): Decision[] {
    const open = this.#byNumber.get(number);
    if (open === undefined) return [];
    const { at, copies, takers, isCounted, isShort } = open;
    if (!isCounted || copies >= takers.size) {
      const shownBy = at + SHOWN_WITHIN;
      return now < shownBy ? [{ do: 'wake', number, at: shownBy }] : this.#close(open, true);
    }
    return isShort ? this.#close(open, false) : this.#miss(open, now);
  }

  /** The session has ended; what it had is owed again. */
  ended({ key, jid }: Session, now: number): Decision[] {
    return this.#of(jid.bare).flatMap(open => (open.takers.delete(key) ? this.#look(open, now) : []));
  }

  /** The session's stream is a new one. */
  renewed({ key, jid, login }: Session, now: number): Decision[] {
    const wasNotThere = this.#of(jid.bare).filter(({ isShort, at }) => isShort || login.since > at);
    return wasNotThere.flatMap(open => (open.takers.delete(key) ? this.#look(open, now) : []));
  }

  /** The session has answered a ping: it is there. */
  answered({ key, jid }: Session, now: number): Decision[] {
    const out: Decision[] = [];
    for (const open of this.#of(jid.bare)) {
      if (!open.isShort || !open.takers.has(key)) continue;
      open.answered.add(key);
      out.push(...this.#look(open, now));
    }
    return out;
  }

  /** The session shows itself: what came for it a moment ago, no other one has got. */
  shown({ jid }: Session, now: number): Decision[] {
    const out: Decision[] = [];
    for (const open of this.#of(jid.bare)) {
      const isIts = open.isStray && open.resource === jid.resource && now - open.at <= SHOWN_WITHIN;
      if (isIts) out.push(...this.#close(open, false));
    }
    return out;
  }

  /**
   * The session, with this priority, was there from some moment on: it has got what came since for it, or for its account
   * while nobody was known.
   * @param isBelowUnknown somebody else may have got that in its place of whom too little is known
   */
  found(session: Session, priority: number, since: number, isBelowUnknown: boolean): Decision[] {
    const { key, jid } = session;
    const out: Decision[] = [];
    for (const open of this.#of(jid.bare)) {
      const { account, identity, at, resource, had } = open;
      if (!isUnknown(open) || at < since || had.includes(key)) continue;
      const isForAll = resource === '';
      if (isForAll ? priority < open.floor || isBelowUnknown : resource !== jid.resource) continue;
      had.push(key);
      if (isForAll) open.floor = priority;
      out.push({ do: 'give', session, account, identity });
    }
    return out;
  }

  /** A session of this priority was there until now, it may be: it has what came for the account. */
  raise(account: string, priority: number): void {
    for (const open of this.#of(account)) if (isUnknown(open)) open.floor = Math.max(open.floor, priority);
  }

  /** Who has got what came to the account while nobody was known, if not those found by now, is not to be known. */
  giveUp(account: string): void {
    for (const open of this.#of(account)) if (isUnknown(open)) this.#close(open, false);
  }

  clear(): void {
    this.#byNumber.clear();
    this.#byAccount.clear();
  }

  /** So many copies did not come: who is there? */
  #miss(open: Open, now: number): Decision[] {
    open.isShort = true;
    for (const [key, { session }] of open.takers) if (session.login.since > open.at) open.takers.delete(key);
    const out = this.#look(open, now);
    if (!this.#byNumber.has(open.number)) return out;
    const at = open.at + TOGETHER + PATIENCE;
    for (const { session } of open.takers.values()) out.push({ do: 'ask', session });
    return [...out, { do: 'wake', number: open.number, at }];
  }

  /** Is it decided by now? */
  #look(open: Open, now: number): Decision[] {
    const { at, copies, takers, answered, isCounted, isShort, isStray } = open;
    if (takers.size === 0) return this.#close(open, true);
    if (!isCounted || copies >= takers.size) {
      return isStray && now < at + SHOWN_WITHIN ? [] : this.#close(open, true);
    }
    return isShort && [...takers.keys()].every(key => answered.has(key)) ? this.#close(open, false) : [];
  }

  #of(account: string): Open[] {
    const opens = this.#byAccount.get(account);
    return opens === undefined ? [] : [...opens.values()];
  }

  #add({ takers, ...reception }: Reception, now: number): Open {
    const open: Open = {
      ...reception,
      number: ++this.#last,
      at: now,
      copies: 1,
      takers: new Map(takers.map(taken => [taken.session.key, taken])),
      isShort: false,
      answered: new Set(),
      had: [],
    };
    this.#byNumber.set(open.number, open);
    const others = this.#byAccount.get(open.account);
    if (others === undefined) this.#byAccount.set(open.account, new Map([[open.identity, open]]));
    else others.set(open.identity, open);
    return open;
  }

  #close({ number, account, identity, takers }: Open, got: boolean): Decision[] {
    this.#byNumber.delete(number);
    const others = this.#byAccount.get(account);
    others?.delete(identity);
    if (others?.size === 0) this.#byAccount.delete(account);
    return [...takers.values()].map(({ session, group }) => ({ do: 'decide', session, group, got }));
  }
}

/** Does it wait for those who are not known? */
function isUnknown({ isCounted, isStray }: Open): boolean {
  return !isCounted && !isStray;
}
