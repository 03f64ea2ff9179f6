import type { Way } from '../tap/event.js';

/** What a session was handed together, between two pings. */
export interface Group {
  readonly number: number;
  /** Between which signs of a new stream, see signs.ts. */
  readonly era: number;
}

/** A ping that was answered, and until when its answer is in doubt, in ms. */
export interface Answer {
  readonly ping: number;
  readonly until: number;
}

/** Of this group it may turn out that another session has it. */
interface Held {
  readonly group: Group;
  readonly since: number;
  readonly until: number;
  /** The first answer to a ping that went out since then; null: there is none. */
  answer: Answer | null;
}

/** What a session was handed and no ping has closed yet. Pure: time comes in. */
export class Unasked {
  /** Takes what comes now; null after a ping. */
  #open: { readonly group: Group; readonly way: Way } | null = null;
  /** A ping is due for these. */
  #due: Group[] = [];
  #dueAt = Number.POSITIVE_INFINITY;
  /** No ping closes these before a moment; in the order of those. */
  #held: Held[] = [];

  /** The number of the group that takes what comes this way, in this era, if it is open. */
  openFor(way: Way, era: number): number | undefined {
    const isFor = this.#open?.way === way && this.#open.group.era === era;
    return isFor ? this.#open?.group.number : undefined;
  }

  /** From now on what comes this way goes into this group, for which a ping is due then. */
  open(group: Group, way: Way, dueAt: number): void {
    this.#open = { group, way };
    this.add(group, dueAt);
  }

  /** What comes now is not to be together with what came before. */
  close(): void {
    this.#open = null;
  }

  /** A ping is due for this group then. */
  add(group: Group, dueAt: number): void {
    this.#due.push(group);
    this.#dueAt = Math.min(this.#dueAt, dueAt);
  }

  /** No ping is to close this group until then. */
  defer(group: Group, since: number, until: number): void {
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1]?.until ?? until) > until) at--;
    this.#held.splice(at, 0, { group, since, until, answer: null });
  }

  /** A ping was answered that went out at this moment; who answered may not have had what came before that era. */
  answered(answer: Answer, sentAt: number, era: number): void {
    for (const held of this.#held) {
      if (held.since <= sentAt && held.group.era >= era) held.answer ??= answer;
    }
  }

  /** The group was held: a ping is due for it then. Returns it where a ping was answered since it came, and none is due. */
  letGo(number: number, dueAt: number): { group: Group; answer: Answer } | undefined {
    const at = this.#held.findIndex(({ group }) => group.number === number);
    const [held] = at < 0 ? [] : this.#held.splice(at, 1);
    if (held === undefined) return undefined;
    const { group, answer } = held;
    if (answer !== null) return { group, answer };
    this.add(group, dueAt);
    return undefined;
  }

  /** When a ping is due, or null where there is nothing. */
  get dueAt(): number | null {
    return this.#due.length > 0 ? this.#dueAt : (this.#held[0]?.until ?? null);
  }

  /** A ping goes out. Returns what it closes. */
  take(now: number): Group[] {
    while (this.#held[0] !== undefined && this.#held[0].until <= now) {
      this.add((this.#held.shift() as Held).group, now);
    }
    const taken = this.#due;
    this.#due = [];
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#open = null;
    return taken;
  }

  /** Takes out what is held of these. */
  takeHeld(isTaken: (group: Group) => boolean): Group[] {
    const taken = this.#held.map(({ group }) => group).filter(isTaken);
    if (taken.length > 0) this.#held = this.#held.filter(({ group }) => !isTaken(group));
    return taken;
  }

  /** Takes out what is lost. */
  lose(isLost: (group: Group) => boolean): Group[] {
    const lost = [...this.#due.filter(isLost), ...this.takeHeld(isLost)];
    this.#due = this.#due.filter(group => !isLost(group));
    if (this.#due.length === 0) this.#dueAt = Number.POSITIVE_INFINITY;
    this.#open = null;
    return lost;
  }
}
