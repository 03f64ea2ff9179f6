import { boundBefore, heldFor, unseenFor } from './signs.js';
import type { Answer, Group } from './unasked.js';

/** What has become of a ping. Times in ms. */
type Fate =
  | { readonly is: 'awaited' }
  /** Nobody waits for its answer any more; a late one counts all the same. */
  | { readonly is: 'overdue' }
  /** A later one was answered: what it closed is lost at that moment, unless its own answer comes sooner. */
  | { readonly is: 'overtaken'; readonly until: number }
  /** Answered, perhaps by a later stream than had what it closed: that is proved then, unless this has turned out. */
  | {
      readonly is: 'doubted';
      readonly answeredAt: number;
      readonly until: number;
      /** Who answered lacked something that was sent before the ping. */
      readonly lacks: boolean;
    };

/** A ping, and what it closed that is neither proved nor lost. */
export interface Ping {
  readonly number: number;
  readonly sentAt: number;
  /** The id under which it went out, before respool was away or by another respool; null: it is made of the number. */
  readonly id: string | null;
  /** In which it went out, see signs.ts. */
  readonly era: number;
  /** The era of the last sign that may come from the stream that the ping went to. */
  eraOfStream: number;
  groups: readonly Group[];
  fate: Fate;
}

/** A ping that has no answer, and the groups that it closed. */
export interface UnansweredPing {
  readonly number: number;
  readonly sentAt: number;
  readonly id: string | null;
  readonly groups: readonly number[];
}

/** A ping that had no answer when respool was away. */
export type Recalled = Pick<UnansweredPing, 'sentAt' | 'groups'> & { readonly id: string };

/** A ping that was answered: when it went out, and how many messages of a replay it had closed. */
export interface Answered {
  readonly sentAt: number;
  readonly replayed: number;
}

/** What the answer to a ping proves, now that nothing has spoken against it for some time. */
export interface Proved {
  readonly number: number;
  readonly groups: readonly number[];
}

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
    const ping: Ping = { number, sentAt: now, id, ...eras, groups, fate: { is: 'awaited' } };
    this.#pings.push(ping);
    return ping;
  }

  /** What this group has was answered for by a ping that has gone out since it came. */
  answeredFor(group: Group, { ping: number, until }: Answer, now: number): void {
    const fate = { is: 'doubted', answeredAt: now, until: Math.max(now, until), lacks: false } as const;
    const { era } = group;
    this.#pings.push({ number, sentAt: now, id: null, era, eraOfStream: era, groups: [group], fate });
  }

  /** These went out before respool was away, and had no answer. Oldest first. */
  recall(pings: readonly (Pick<Ping, 'sentAt' | 'groups'> & { readonly id: string })[]): void {
    const recalled = pings.map((ping, index): Ping => {
      const number = index - pings.length + 1; // below those of this process
      return { ...ping, number, era: 0, eraOfStream: 0, fate: { is: 'overdue' } };
    });
    this.#pings.unshift(...recalled);
  }

  /** A sign, after which that era began: it may be of the stream to which a ping went a moment ago. */
  sign(era: number, now: number): void {
    for (const ping of this.#pings) {
      const took = now - ping.sentAt; // so far
      if (took < unseenFor(took) && isUnanswered(ping)) ping.eraOfStream = era;
    }
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
      const { sentAt, fate } = ping;
      if (fate.is !== 'doubted' || fate.until >= until) continue;
      if (now - fate.answeredAt < heldFor(fate.answeredAt - sentAt)) ping.fate = { ...fate, until };
    }
  }

  /** Who answered those that went out up to a moment lacks nothing more. @param until when they are in doubt for other causes */
  endLack(moment: number, until: (sentAt: number, took: number) => number): void {
    for (const ping of this.#pings) {
      if (ping.fate.is !== 'doubted' || !ping.fate.lacks || ping.sentAt > moment) continue;
      const took = ping.fate.answeredAt - ping.sentAt;
      ping.fate = { ...ping.fate, until: until(ping.sentAt, took), lacks: false };
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

/** As others see it. */
export function shown({ number, sentAt, id, groups }: Ping): UnansweredPing {
  return { number, sentAt, id, groups: groups.map(group => group.number) };
}

export function isUnanswered({ fate }: Ping): boolean {
  return fate.is === 'awaited' || fate.is === 'overdue';
}

/**
 * Is it answered, and by nobody else than who was there before a stream that began at that moment? null: there is none.
 * A ping that went out before that stream was bound did not go to it, however late it is answered (XEP-0198 resumes).
 */
export function isAnsweredBefore({ sentAt, fate }: Ping, since: number | null): boolean {
  if (fate.is !== 'doubted' || fate.lacks) return false;
  const took = fate.answeredAt - sentAt;
  return since === null || fate.answeredAt < since - unseenFor(took) || sentAt < since - boundBefore(took);
}

/** @returns those of which this is true, and the others */
export function split<Item>(items: readonly Item[], isOne: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isOne), items.filter(item => !isOne(item))];
}
