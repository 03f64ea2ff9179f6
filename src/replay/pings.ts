import { isUnanswered, type Ping, type Recalled } from './ping.js';
import { BEFORE, heldFor, unseenFor } from './signs.js';
import type { Answer, Group } from './unasked.js';

/** A client may answer two pings that it got together in the other order, within this time in ms. */
const OUT_OF_ORDER = 1_000;

/** A ping of before respool was away is older than any sign since then, by so much in ms. */
const LONG_AGO = 60_000;
/** So many groups of one session are waited for; above that the oldest are owed again. */
const MOST_OPEN = 20_000;

/** The pings of one session of which something is still to be learnt, with what they closed. */
export class Pings {
  #last = 0;
  /** In the order of their numbers. */
  #pings: Ping[] = [];

  /** A ping closes these groups, and is waited for in place of the one before. */
  make(groups: readonly Group[], era: number, now: number, id: string | null = null): Ping {
    this.giveUpWaiting();
    const number = ++this.#last;
    const eras = { era, eraOfStream: era };
    const reachedAt = id === null ? null : now; // the copy of another's shows that it has
    const ping: Ping = { number, sentAt: now, reachedAt, id, ...eras, groups, fate: { is: 'awaited' } };
    this.#pings.push(ping);
    return ping;
  }

  /** What this group has was answered for by a ping that has gone out since it came. */
  answeredFor(group: Group, { ping: number, until }: Answer, now: number): void {
    const fate = {
      is: 'doubted',
      answeredAt: now,
      took: 0,
      until: Math.max(now, until),
      lacks: false,
      mayReturn: false,
    } as const;
    const { era } = group;
    this.#pings.push({
      number,
      sentAt: now,
      reachedAt: now,
      id: null,
      era,
      eraOfStream: era,
      groups: [group],
      fate,
    });
  }

  /** These went out before respool was away, and had no answer. Oldest first. */
  recall(pings: readonly Recalled[], now: number): void {
    const recalled = pings.map(({ id, sentAt: wentOut, groups: numbers }, index): Ping => {
      const number = index - pings.length + 1; // below those of this process
      const sentAt = Math.min(wentOut, now - LONG_AGO);
      const groups = numbers.map(group => ({ number: group, era: BEFORE }));
      const eras = { era: 0, eraOfStream: 0 };
      return { number, sentAt, reachedAt: sentAt, id, ...eras, groups, fate: { is: 'overdue' } };
    });
    this.#pings.unshift(...recalled);
  }

  /** A sign, after which that era began: it may be of the stream to which a ping went a moment ago. */
  sign(era: number, now: number): void {
    for (const ping of this.#pings) {
      const since = ping.reachedAt === null ? 0 : now - ping.reachedAt;
      if (since < unseenFor(now - ping.sentAt) && isUnanswered(ping)) ping.eraOfStream = era;
    }
  }

  /** A ping has reached the session. */
  reached(number: number, now: number): void {
    const ping = this.find(number);
    if (ping !== undefined) ping.reachedAt ??= now;
  }

  /** One of this number is answered: those before it that are not are overtaken. Returns the last of them. */
  overtake(number: number, now: number): Ping | undefined {
    const earlier = this.unanswered.filter(ping => ping.number < number);
    for (const ping of earlier) ping.fate = { is: 'overtaken', until: now + OUT_OF_ORDER };
    return earlier.at(-1);
  }

  /** Nobody waits for an answer any more. */
  giveUpWaiting(): void {
    for (const ping of this.#pings) if (ping.fate.is === 'awaited') ping.fate = { is: 'overdue' };
  }

  /** The ping that is waited for, or undefined. */
  get awaited(): Ping | undefined {
    return this.#pings.find(({ fate }) => fate.is === 'awaited');
  }

  /** Those whose answers may still come, but for those that were overtaken. Oldest first. */
  get unanswered(): Ping[] {
    return this.#pings.filter(isUnanswered);
  }

  /** When the oldest of those went out, or null. */
  get unansweredSince(): number | null {
    return this.#pings.find(isUnanswered)?.sentAt ?? null;
  }

  /** What those had closed whose answers are held for no other cause is in doubt until then at least. */
  doubt(now: number, until: number): void {
    for (const ping of this.#pings) {
      const { fate } = ping;
      if (fate.is !== 'doubted' || fate.until >= until) continue;
      const held = fate.answeredAt + heldFor(fate.took);
      // what is held alone is so until it is settled, which may be late
      if (fate.until <= held || now < held) ping.fate = { ...fate, until };
    }
  }

  /** Who answered those that went out up to a moment lacks nothing more. @param until when they are in doubt for other causes */
  endLack(moment: number, until: (reachedAt: number, took: number) => number): void {
    for (const ping of this.#pings) {
      const { fate, sentAt, reachedAt } = ping;
      if (fate.is !== 'doubted' || !fate.lacks || sentAt > moment) continue;
      ping.fate = { ...fate, until: until(reachedAt ?? sentAt, fate.took), lacks: false };
    }
  }

  /** The one with this number whose answer would still count. */
  find(number: number): Ping | undefined {
    return this.#pings.find(ping => ping.number === number && ping.fate.is !== 'doubted');
  }

  /** The number of the one that went out under this id, if its answer would still count. */
  numberOf(id: string): number | undefined {
    return this.#pings.find(ping => ping.id === id && ping.fate.is !== 'doubted')?.number;
  }

  /** True while something that a ping closed may be proved. */
  get isOpen(): boolean {
    return this.#pings.some(({ fate }) => fate.is !== 'overtaken');
  }

  /** When it is decided what has become of what one closed that was overtaken, or answered in doubt. */
  get decidedAt(): number {
    let at = Number.POSITIVE_INFINITY;
    for (const { fate } of this.#pings) if ('until' in fate) at = Math.min(at, fate.until);
    return at;
  }

  /** Those of which this is true are over. Returns them. */
  takeOut(isOver: (ping: Ping) => boolean): Ping[] {
    const over = this.#pings.filter(isOver);
    if (over.length > 0) this.#pings = this.#pings.filter(ping => !over.includes(ping));
    return over;
  }

  /** Takes out the oldest that are unanswered, where so much waits for proof that it is not to come. */
  takeExcess(): Ping[] {
    let open = 0;
    for (const ping of this.#pings) if (isUnanswered(ping)) open += ping.groups.length;
    if (open <= MOST_OPEN) return [];
    return this.takeOut(ping => {
      if (!isUnanswered(ping) || open <= MOST_OPEN) return false;
      open -= ping.groups.length;
      return true;
    });
  }

  /** Takes these groups out of all. */
  lose(isLost: (group: Group, ping: Ping) => boolean): Group[] {
    const lost: Group[] = [];
    for (const ping of this.#pings) {
      const [gone, rest] = split(ping.groups, group => isLost(group, ping));
      lost.push(...gone);
      ping.groups = rest;
    }
    if (lost.length > 0) this.takeOut(({ fate, groups }) => fate.is === 'doubted' && groups.length === 0);
    return lost;
  }
}

/** @returns those of which this is true, and the others */
export function split<Item>(items: readonly Item[], isOne: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isOne), items.filter(item => !isOne(item))];
}
