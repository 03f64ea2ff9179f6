import type { Way } from '../tap/event.js';

/** A ping under way, and the groups that it closed. */
export interface Ping {
  readonly number: number;
  readonly sentAt: number;
  readonly groups: readonly number[];
  /** The id under which it went out, where that was before respool was away; null: it is made of the number. */
  readonly id: string | null;
  /** Nobody waits for its answer any more; a late one counts all the same. */
  overdue: boolean;
}

/** A group that an answered ping had closed, of which it may still turn out that an earlier stream had it. */
export interface Answered {
  readonly group: number;
  readonly ping: Ping;
  readonly answeredAt: number;
  readonly until: number;
}

/** So many groups of one session are waited for; above that the oldest are owed again. */
const MOST_OPEN = 20_000;
/** A client may answer two pings that it got together in the other order, within this time in ms. */
const OUT_OF_ORDER = 1_000;
/** What was handed before a sign of a new stream waits so long, in ms, for what shows for certain that it is one. */
const DOUBT = 3_000;
/** Signs are remembered for so long, in ms. */
const REMEMBERED = 60_000;
/** A ping of before respool was away is older than any sign since then, by so much in ms. */
const LONG_AGO = 60_000;
/** The era of what was handed before respool was away. */
const BEFORE = -1;
/** The bind of a new stream, which nobody sees, comes so long before its first sign at most, in ms. */
const UNSEEN = 500;

/** A ping that had no answer when respool was away. */
export interface Recalled {
  readonly id: string;
  readonly sentAt: number;
  readonly groups: readonly number[];
}

interface Held {
  readonly group: number;
  readonly until: number;
}

/** A sign of a new stream: groups of this era and later ones came after it. */
interface Sign {
  readonly at: number;
  readonly era: number;
}

/**
 * What one session was handed and has not proved, by groups: what comes between two pings is a group, and the later
 * ping closes it. Stanzas to one session stay in order, so an answer proves the groups that its ping closed. It proves
 * none of an earlier ping without an answer: a new stream may have begun between the two. Pure: time comes in.
 *
 * Example: "a" and "b" come (group 1), ping 1 goes out, "c" comes (group 2), ping 1 is answered: group 1 is proved.
 */
export class Groups {
  #last = 0;
  #pings = 0;
  /** The group that takes what comes now; null after a ping. */
  #open: { readonly group: number; readonly way: Way } | null = null;
  /** What no ping has closed yet, and when a ping is due for it. */
  #unasked: { groups: number[]; dueAt: number } = { groups: [], dueAt: 0 };
  /** No ping closes these before a moment; in the order of those. */
  #held: Held[] = [];
  #underWay: Ping[] = [];
  /** What was answered while a sign of a new stream was young. */
  #pending: Answered[] = [];
  /** Groups of pings without an answer that a later answer has overtaken: lost at that moment. */
  #overtaken: { readonly ping: Ping; readonly until: number }[] = [];
  /** Chunks of a replay that are neither proved nor lost. */
  readonly #chunks = new Set<number>();
  /** Between two signs is an era; that of each group which is neither proved nor lost. */
  readonly #eras = new Map<number, number>();
  #era = 0;
  #signs: Sign[] = [];

  /** The session was handed a message this way, for which a ping is due then. Returns its group. */
  handed(way: Way, dueAt: number): number {
    if (this.#open?.way !== way) {
      this.#open = { group: ++this.#last, way };
      this.#ask(this.#open.group, dueAt);
    }
    return this.#open.group;
  }

  /**
   * Before respool was away the session was handed this. Whether its stream is the same shows when an old ping is answered;
   * where a new one is and that is not, all of it is lost.
   */
  recall(pings: readonly Recalled[], unasked: readonly number[], now: number): void {
    const recalled = pings.map(({ id, sentAt, groups }, index) => {
      for (const group of groups) this.#eras.set(group, BEFORE);
      const number = index - pings.length + 1; // below those of this process
      return { number, id, groups, sentAt: Math.min(sentAt, now - LONG_AGO), overdue: true };
    });
    this.#underWay.unshift(...recalled);
    for (const group of unasked) {
      this.#ask(group, now);
      this.#eras.set(group, BEFORE);
    }
  }

  /** The number of the ping that went out under this id before respool was away. */
  numberOf(id: string): number | undefined {
    const overtaken = this.#overtaken.map(({ ping }) => ping);
    return [...this.#underWay, ...overtaken].find(ping => ping.id === id)?.number;
  }

  /** All pings without an answer. */
  get unanswered(): readonly Ping[] {
    return this.#underWay;
  }

  /** The same, but until then it may turn out that another session has it, so that no ping is to prove it. */
  handedInDoubt(until: number): number {
    this.#eras.set(++this.#last, this.#era);
    this.#hold(this.#last, until);
    return this.#last;
  }

  /** It is known now that the session has what is in this group, which was held: a ping is due for it then. */
  confirm(group: number, dueAt: number): void {
    const held = this.#held.length;
    this.#held = this.#held.filter(one => one.group !== group);
    if (this.#held.length < held) this.#ask(group, dueAt);
  }

  /** It is known now that another session has what is in this group, which was held. */
  deny(group: number): number[] {
    return this.#lose(one => one === group);
  }

  /** A number for a chunk of a replay that is still to be sent. */
  reserve(): number {
    return ++this.#last;
  }

  /** The chunk went out. */
  sent(chunk: number, now: number): void {
    this.#chunks.add(chunk);
    this.#ask(chunk, now);
  }

  /** Chunks of a replay that are neither proved nor lost. */
  get chunks(): number {
    return this.#chunks.size;
  }

  /** True while something handed is not proved. */
  get isOpen(): boolean {
    return [this.#unasked.groups, this.#held, this.#underWay, this.#pending].some(({ length }) => length > 0);
  }

  /** When a ping is due for what none has closed, or null where there is nothing. */
  get dueAt(): number | null {
    if (this.#unasked.groups.length > 0) return this.#unasked.dueAt;
    return this.#held[0]?.until ?? null;
  }

  /** The ping that is waited for, or null. */
  get awaited(): Ping | null {
    const last = this.#underWay.at(-1);
    return last === undefined || last.overdue ? null : last;
  }

  /** The oldest ping without an answer, or null. */
  get oldest(): Ping | null {
    return this.#underWay[0] ?? null;
  }

  /** When something is lost that a later answer has overtaken, or proved for nothing speaks against it any more. */
  get decidedAt(): number {
    const until = [...this.#overtaken, ...this.#pending].map(one => one.until);
    return Math.min(Number.POSITIVE_INFINITY, ...until);
  }

  /** Makes the ping that closes what was handed; the caller sends it. */
  ping(now: number): Ping {
    while (this.#held[0] !== undefined && this.#held[0].until <= now) {
      this.#unasked.groups.push((this.#held.shift() as Held).group);
    }
    const { groups } = this.#unasked;
    const ping = { number: ++this.#pings, id: null, sentAt: now, groups, overdue: false };
    this.#unasked = { groups: [], dueAt: now };
    this.#open = null;
    this.#underWay.push(ping);
    return ping;
  }

  /** An answer came. Returns its ping and what it proves; undefined where the ping is not under way. */
  answered(number: number, now: number): { ping: Ping; proved: readonly number[] } | undefined {
    const late = this.#overtaken.find(({ ping }) => ping.number === number)?.ping;
    const ping = late ?? this.#underWay.find(one => one.number === number);
    if (ping === undefined) return undefined;
    this.#overtaken = this.#overtaken.filter(one => one.ping !== ping);
    const earlier = this.#underWay.filter(one => one.number < number);
    this.#underWay = this.#underWay.filter(one => one.number > number);
    const proved: number[] = [];
    for (const group of this.#overtake(earlier, ping, now)) {
      const until = this.#doubtedUntil(group, ping);
      if (until > now) this.#pending.push({ group, ping, answeredAt: now, until });
      else proved.push(group);
      this.#chunks.delete(group);
    }
    return { ping, proved: this.#gone(proved) };
  }

  /** What was answered in doubt, and whose doubt is over without more: it is proved. Returns it with its pings. */
  settled(now: number): Answered[] {
    const over = this.#pending.filter(({ until }) => until <= now);
    this.#pending = this.#pending.filter(({ until }) => until > now);
    this.#gone(over.map(({ group }) => group));
    return over;
  }

  /** The ping of this number, while it is under way. */
  find(number: number): Ping | undefined {
    return this.#underWay.find(ping => ping.number === number);
  }

  /** Nobody waits for the answer any more. */
  giveUpWaiting(): void {
    const ping = this.#underWay.at(-1);
    if (ping !== undefined) ping.overdue = true;
  }

  /**
   * A sign of a new stream: what comes now may come to another one than what came before. What was before is asked for
   * as ever, but is proved only when nothing has shown for some time that the stream is new (`renewed`).
   */
  sign(now: number): void {
    this.#signs = [...this.#signs.filter(({ at }) => now - at < REMEMBERED), { at: now, era: ++this.#era }];
    this.#open = null;
  }

  /** The stream is a new one, since a sign at that moment. Returns what was handed to the one before, which is lost. */
  renewed(since: number): number[] {
    const era = this.#signs.find(({ at }) => at >= since)?.era ?? this.#era + 1;
    const had = new Set(
      this.#pending.filter(one => one.answeredAt < since - UNSEEN).map(({ group }) => group),
    );
    return this.#lose(group => (this.#eras.get(group) ?? 0) < era && !had.has(group));
  }

  /** What a later answer has overtaken, and whose time is over. Returns what is lost. */
  overtaken(now: number): number[] {
    const over = this.#overtaken.filter(({ until }) => until <= now);
    this.#overtaken = this.#overtaken.filter(({ until }) => until > now);
    return this.#gone(over.flatMap(({ ping }) => [...ping.groups]));
  }

  /** The server has returned this ping: what it closed and what was pinged before is lost. Returns that. */
  returned({ number }: Ping): number[] {
    const before = this.#underWay.filter(one => one.number <= number).flatMap(one => one.groups);
    const lost = new Set([...before, ...this.#overtaken.flatMap(({ ping }) => ping.groups)]);
    const gone = this.#lose(group => lost.has(group));
    this.#underWay = this.#underWay.filter(one => one.number > number);
    this.#overtaken = [];
    return gone;
  }

  /** Gives up the oldest of what was pinged, where so much waits for proof that it is not to come. Returns it. */
  excess(): number[] {
    const given: number[] = [];
    let open = this.#underWay.reduce((sum, { groups }) => sum + groups.length, 0);
    while (open > MOST_OPEN) {
      const groups = this.#underWay.shift()?.groups ?? [];
      given.push(...groups);
      open -= groups.length;
    }
    return this.#gone(given);
  }

  /**
   * Pings without an answer before one with an answer: they went to an earlier stream, and what came after them and
   * before the first sign of this one did too. Returns what the answer proves all the same.
   */
  #overtake(earlier: readonly Ping[], { groups }: Ping, now: number): readonly number[] {
    const last = earlier.at(-1);
    if (last === undefined) return groups;
    const sign = this.#signs.find(({ at }) => at >= last.sentAt);
    const isBefore = (group: number) => sign !== undefined && (this.#eras.get(group) ?? 0) < sign.era;
    const held = this.#held.filter(({ group }) => isBefore(group)).map(({ group }) => group);
    this.#held = this.#held.filter(({ group }) => !isBefore(group));
    const also = [...groups.filter(isBefore), ...held];
    const until = now + OUT_OF_ORDER;
    for (const ping of earlier) {
      const lost = ping === last ? [...ping.groups, ...also] : ping.groups;
      this.#overtaken.push({ ping: { ...ping, groups: lost }, until });
    }
    return groups.filter(group => !isBefore(group));
  }

  /** Until when it may turn out that the answer to a ping, which closed a group, was that of a later stream. */
  #doubtedUntil(group: number, { sentAt }: Ping): number {
    const era = this.#eras.get(group) ?? this.#era;
    const sign = this.#signs.findLast(one => one.era > era && sentAt > one.at - UNSEEN);
    return sign === undefined ? Number.NEGATIVE_INFINITY : sign.at + DOUBT;
  }

  #ask(group: number, dueAt: number): void {
    if (!this.#eras.has(group)) this.#eras.set(group, this.#era);
    const { groups } = this.#unasked;
    this.#unasked.dueAt = groups.length === 0 ? dueAt : Math.min(this.#unasked.dueAt, dueAt);
    groups.push(group);
  }

  #hold(group: number, until: number): void {
    this.#held.push({ group, until });
    this.#held.sort((one, other) => one.until - other.until);
  }

  #all(): number[] {
    const asked = this.#underWay.flatMap(({ groups }) => groups);
    const overtaken = this.#overtaken.flatMap(({ ping }) => ping.groups);
    const others = [...this.#pending, ...this.#held].map(({ group }) => group);
    return [...overtaken, ...asked, ...this.#unasked.groups, ...others];
  }

  /** Takes out what is lost. Returns it. */
  #lose(isLost: (group: number) => boolean): number[] {
    const lost = new Set(this.#all().filter(isLost));
    const rest = (groups: readonly number[]) => groups.filter(group => !lost.has(group));
    const restOf = (ping: Ping) => ({ ...ping, groups: rest(ping.groups) });
    this.#unasked = { ...this.#unasked, groups: rest(this.#unasked.groups) };
    this.#held = this.#held.filter(({ group }) => !lost.has(group));
    this.#pending = this.#pending.filter(({ group }) => !lost.has(group));
    this.#underWay = this.#underWay.map(restOf);
    this.#overtaken = this.#overtaken.map(({ ping, until }) => ({ ping: restOf(ping), until }));
    this.#open = null;
    return this.#gone([...lost]);
  }

  /** These are proved or lost. */
  #gone<Groups extends readonly number[]>(groups: Groups): Groups {
    for (const group of groups) {
      this.#chunks.delete(group);
      this.#eras.delete(group);
    }
    return groups;
  }
}
