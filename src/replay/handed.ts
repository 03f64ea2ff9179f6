import type { Way } from '../tap/event.js';
import type { Answered, Ping, Proved, Recalled, UnansweredPing } from './ping.js';
import { isAnsweredBefore, isSettled, isUnanswered, shown } from './ping.js';
import { Pings, split } from './pings.js';
import { BEFORE, DOUBT, heldFor, RETURNED, Signs } from './signs.js';
import { type Group, Unasked } from './unasked.js';
import { UnderWay } from './under-way.js';

type Lacking = (moment: number) => number | undefined;
const NOTHING: Lacking = () => undefined;

/**
 * The book of what one session was handed and has not proved. What comes goes into the open group, and a ping closes it.
 * Stanzas to one session stay in order, so an answer proves what its ping closed. It proves nothing of an earlier ping
 * without an answer: a new stream may have begun between the two. Pure: time comes in.
 *
 * Example: "a" and "b" come (group 1), ping 1 goes out, "c" comes (group 2), ping 1 is answered: group 1 is proved.
 */
export class Handed {
  #lastGroup = 0;
  readonly #unasked = new Unasked();
  readonly #pings = new Pings();
  readonly #signs = new Signs();
  /** Of a replay, what is neither proved nor lost. */
  readonly underWay = new UnderWay();

  /** The session was handed a message this way, for which a ping is due then. Returns its group. @param isInTables see Signs.of */
  add(way: Way, dueAt: number, isInTables = true): number {
    const era = this.#signs.of(way, isInTables);
    const open = this.#unasked.openFor(way, era);
    if (open !== undefined) return open;
    const group = { number: ++this.#lastGroup, era };
    this.#unasked.open(group, way, dueAt);
    return group.number;
  }

  /** The same, but until then it may turn out that another session has it, so that no ping is to prove it. */
  defer(way: Way, now: number, until: number, isInTables = true): number {
    const group = { number: ++this.#lastGroup, era: this.#signs.of(way, isInTables) };
    this.#unasked.defer(group, now, until);
    return group.number;
  }

  /**
   * It is known now that the session has what is in this group, which was held: a ping is due for it then, unless one was
   * answered that went out since it came.
   */
  confirm(group: number, now: number, dueAt: number): void {
    const held = this.#unasked.letGo(group, dueAt);
    if (held !== undefined) this.#pings.answeredFor(held.group, held.answer, now);
  }

  /** It is known now that another session has what is in this group, which was held. Returns what is lost. */
  deny(group: number): number[] {
    return this.#lose(one => one.number === group);
  }

  /** Numbers for so many chunks of a replay that are still to be sent. */
  reserve(chunks: number): number[] {
    return Array.from({ length: chunks }, () => ++this.#lastGroup);
  }

  /** The chunk is out, with so many messages, the first of which went in this era. @returns false: it is lost already */
  sent(chunk: number, messages: number, era: number, now: number): boolean {
    if (this.#signs.isOver(era)) return false;
    this.underWay.add(chunk, messages);
    this.#unasked.add({ number: chunk, era }, now);
    return true;
  }

  /** In which what is handed now is, see signs.ts. */
  get era(): number {
    return this.#signs.era;
  }

  /** Before respool was away the session was handed this: it is proved where an old ping is answered, else lost. */
  recall(pings: readonly Recalled[], unasked: readonly number[], now: number): void {
    this.#pings.recall(pings, now);
    for (const number of unasked) this.#unasked.add({ number, era: BEFORE }, now);
  }

  /** The number of the ping that went out under this id before respool was away, if it has no answer yet. */
  numberOf(id: string): number | undefined {
    return this.#pings.numberOf(id);
  }

  /** The pings whose answers may still come. */
  get unanswered(): UnansweredPing[] {
    return this.#pings.unanswered.map(shown);
  }

  /** When the oldest of them went out, or null. */
  get unansweredSince(): number | null {
    return this.#pings.unansweredSince;
  }

  /** The ping that is waited for, or undefined. */
  get awaited(): Pick<Ping, 'number' | 'sentAt'> | undefined {
    return this.#pings.awaited;
  }

  /** When a ping is due for what none has closed, or null where there is nothing. */
  get dueAt(): number | null {
    return this.#unasked.dueAt;
  }

  /** True while something may still be proved. */
  get isOpen(): boolean {
    return this.dueAt !== null || this.#pings.isOpen;
  }

  /** When it is decided what has become of something that was overtaken, or answered in doubt. */
  get decidedAt(): number {
    return this.#pings.decidedAt;
  }

  /** Makes the ping that closes what was handed, and is waited for from now on. The caller sends it, or has seen one of this `id`. */
  ping(now: number, id: string | null = null): UnansweredPing {
    return shown(this.#pings.make(this.#unasked.take(now), this.#signs.era, now, id));
  }

  /** A ping has reached the session. */
  reached(number: number, now: number): void {
    this.#pings.reached(number, now);
  }

  /** Nobody waits for an answer any more. */
  giveUpWaiting(): void {
    this.#pings.giveUpWaiting();
  }

  /**
   * A ping was answered: what it had closed is proved when nothing has spoken against it for a moment (`settled`).
   * Returns undefined where no such answer is to come.
   * @param lacking until when who answers is in doubt, for it lacked something that was sent before that moment
   * @param isInTables what was handed to a stream before is lost, see Signs.of
   */
  answered(number: number, now: number, lacking = NOTHING, isInTables = true): Answered | undefined {
    const ping = this.#pings.find(number);
    if (ping === undefined) return undefined;
    this.#overtake(ping, now);
    const took = now - ping.sentAt; // what others' processes copy is as late as that
    const [over, rest] = split(ping.groups, ({ era }) => isInTables && this.#signs.isOver(era));
    const lost = this.#gone(over);
    ping.groups = rest;
    const groups = rest.map(group => group.number);
    const mayReturn = this.underWay.echoes.lack(groups);
    const replayed = this.underWay.remove(groups);
    const lacks = lacking(ping.sentAt);
    const reachedAt = ping.reachedAt ?? ping.sentAt;
    const doubt =
      lacks === undefined
        ? this.#signs.doubtAbout(reachedAt, took)
        : { era: Number.POSITIVE_INFINITY, until: lacks };
    const isDoubted = ping.groups.some(({ era }) => doubt !== undefined && era < doubt.era);
    const until = Math.max(now + (mayReturn ? RETURNED : heldFor(took)), (isDoubted && doubt?.until) || now);
    ping.fate = { is: 'doubted', answeredAt: now, took, until, lacks: lacks !== undefined, mayReturn };
    const doubted = doubt !== undefined && doubt.until > now ? doubt.era : BEFORE;
    const since = isInTables ? Math.max(doubted, this.#signs.first) : doubted;
    this.#unasked.answered({ ping: number, until: now + heldFor(took) }, ping.sentAt, since);
    if (ping.groups.length === 0) this.#pings.takeOut(one => one === ping);
    return { sentAt: ping.sentAt, reachedAt, replayed, lost };
  }

  /** It has got all that was sent before that moment: what is in doubt for that alone is so no longer. */
  lacksNothingBefore(moment: number, now: number): void {
    this.#pings.endLack(moment, (at, took) => this.#signs.doubtAbout(at, took)?.until ?? now);
  }

  /** What was answered in doubt, and whose doubt is over without more: it is proved; null: all but what may return yet. */
  settled(now: number | null): Proved[] {
    const over = this.#pings.takeOut(ping => isSettled(ping, now));
    return over.map(({ number, groups }) => ({ number, groups: this.#gone(groups) }));
  }

  /** Nothing can be known of what this ping and those before it closed: it counts as received. Returns it. */
  count(number: number): number[] {
    return this.#takeOut(ping => ping.number <= number && ping.fate.is !== 'doubted');
  }

  /** What a later answer has overtaken, and whose time is over. Returns what is lost. */
  overtaken(now: number): number[] {
    return this.#takeOut(({ fate }) => fate.is === 'overtaken' && fate.until <= now);
  }

  /** The server has returned the ping of this number: what it closed, and what was pinged before, is lost. Returns that. */
  returned(upTo: number): number[] {
    return this.#takeOut(ping => ping.fate.is === 'overtaken' || (isUnanswered(ping) && ping.number <= upTo));
  }

  /** A room has let it in, as it does with a new stream: what comes now is kept apart from what came before. */
  mayStart(now: number): void {
    this.#signs.mayStart(now);
    this.#unasked.close();
  }

  /**
   * A sign of a new stream: what comes now may come to another one than what came before. What was before is asked for
   * as ever, but is proved only when nothing has shown for some time that the stream is new (`renewed`).
   */
  sign(now: number): void {
    this.#signs.add(now);
    this.#pings.sign(this.#signs.era, now);
    this.#pings.doubt(now, now + DOUBT);
    this.#unasked.close();
  }

  /**
   * The stream is a new one, since a sign at that moment; null: there is none any more. Returns what the one before was
   * handed and has not answered for: it is lost.
   */
  renewed(since: number | null): number[] {
    const era = this.#signs.renewed(since);
    return this.#lose((group, ping) => group.era < era && !(ping && isAnsweredBefore(ping, since)));
  }

  /** Gives up the oldest of what was pinged, where so much waits for proof that it is not to come. Returns it. */
  excess(): number[] {
    return this.#gone(this.#pings.takeExcess().flatMap(({ groups }) => groups));
  }

  /**
   * Pings without an answer before one that is answered now: they went to an earlier stream, and so did what came after
   * them and before the first sign of this one.
   */
  #overtake(answered: Ping, now: number): void {
    const last = this.#pings.overtake(answered.number, now);
    if (last === undefined || last.era === answered.eraOfStream) return;
    const isEarlier = (group: Group) => group.era <= last.era;
    const [before, since] = split(answered.groups, isEarlier);
    answered.groups = since;
    last.groups = [...last.groups, ...before, ...this.#unasked.takeHeld(isEarlier)];
  }

  #takeOut(isOver: (ping: Ping) => boolean): number[] {
    return this.#gone(this.#pings.takeOut(isOver).flatMap(({ groups }) => groups));
  }

  /** Takes these groups out of the book, whether a ping has closed them or not. */
  #lose(isLost: (group: Group, ping?: Ping) => boolean): number[] {
    return this.#gone([...this.#pings.lose(isLost), ...this.#unasked.lose(group => isLost(group))]);
  }

  /** These are proved or lost. Returns their numbers. */
  #gone(groups: readonly Group[]): number[] {
    const numbers = groups.map(({ number }) => number);
    this.underWay.remove(numbers);
    return numbers;
  }
}
