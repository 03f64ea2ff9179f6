import type { Session } from '../presence/session.js';
import type { Way } from '../tap/event.js';
import type { Effect } from './effect.js';
import { Handed } from './handed.js';
import { Missing } from './missing.js';
import type { Answered, Proved, UnansweredPing } from './ping.js';
import { Unsure } from './unsure.js';

/** A ping returned within this time shows that the session was gone before, in ms. */
const AT_ONCE = 1_000;
/** And it was so when something came that the ping followed within this time, in ms; long before, it may have been there. */
const FOLLOWS = 5_000;
/** From its sending to its delivery a message takes so long, in ms, where the archive that stores it between is slow. */
const ON_ITS_WAY = 1_000;

/** When its presence came, and its place in the server's tables. */
type Shown = Pick<Session, 'availableAt' | 'registeredAt'>;

/** How a message was handed to it. */
interface How {
  readonly way: Way;
  /** See Signs.of. */
  readonly isInTables: boolean;
  /** Since when it may have been a sending, in ms; null: it was none. */
  readonly unsure: number | null;
}

/**
 * What proves or loses what one session was handed:
 *
 * | what happens | what was handed before it |
 * |---|---|
 * | it answers a ping | is proved in a moment; in doubt, while a sign of a new stream is young, or it lacks what was sent before |
 * | it gets by the offline queue or an archive what was sent while its last stream was taken to be there | is lost |
 * | it answers a ping, but not the one before | what that one closed is lost, unless its answer comes in a moment |
 * | its stream is a new one for certain | is lost |
 * | the server returns a ping | is lost |
 * | the session ends | is lost: the spool sees to that |
 * | another session turns out to have got the message | is lost here |
 * | it answers nothing, though it is alive | counts as received, for nothing can be known |
 */
export class Evidence {
  readonly book = new Handed();
  readonly #unsure = new Unsure();
  readonly #missing = new Missing();

  /** A message was sent that the server is to hand to it at once. */
  sent(identity: string, now: number): void {
    this.#missing.sent(identity, now);
  }

  /** A message has come to it. @param isLive as it was sent */
  came(identity: string, isLive: boolean, now: number): void {
    if (isLive) this.#missing.came(identity);
    else this.#missing.forget(identity);
    this.book.lacksNothingBefore(this.#missing.since, now);
  }

  /** Did it lack something at that moment that was sent since its presence? Then it may not have shown that yet. */
  lackedAt(moment: number, availableAt: number, now: number): boolean {
    return this.#missing.doubtedUntil(moment, now, availableAt) !== undefined;
  }

  /** When a message was sent to it that it has not got; infinity: it does not lack it. */
  lacksSince(identity: string): number {
    return this.#missing.sentAt(identity);
  }

  /** ejabberd handed it a message, for which a ping is due then. @returns the group it is in */
  handed(identity: string, { way, isInTables, unsure }: How, dueAt: number): number {
    return this.#note(this.book.add(way, dueAt, isInTables), identity, unsure);
  }

  /** The same, but until then it may turn out that another session has it. */
  handedOrNot(identity: string, { way, isInTables, unsure }: How, now: number, until: number): number {
    return this.#note(this.book.defer(way, now, until, isInTables), identity, unsure);
  }

  /** Of such a group it is known now whether this session, or another one, was handed what is in it. */
  decided(group: number, got: boolean, now: number, dueAt: number, out: Effect[]): void {
    if (got) this.book.confirm(group, now, dueAt);
    else this.#lose(this.book.deny(group), out);
  }

  /**
   * It answered a ping: this proves in a moment. @returns that; undefined where no such answer was to come
   * @param session when it showed its presence: who is asked after that has shown it, whatever it lacks of before
   */
  answered(number: number, session: Shown, now: number, out: Effect[]): Answered | undefined {
    const { availableAt, registeredAt } = session;
    const lacking = (pingedAt: number) =>
      this.#missing.doubtedUntil(pingedAt, now, availableAt < pingedAt ? availableAt : undefined);
    const answer = this.book.answered(number, now, lacking, registeredAt >= availableAt);
    if (answer === undefined) return undefined;
    this.#lose(answer.lost, out);
    out.push({ do: 'prove', ping: number, groups: [], took: now - answer.sentAt });
    return answer;
  }

  /** It answers nothing, so that nothing can be known: ejabberd's copy counts as proof. */
  counts(number: number, out: Effect[]): void {
    const groups = this.book.count(number);
    out.push({ do: 'prove', ping: number, groups, took: null });
    this.#unsure.take(groups);
    this.all(out);
  }

  /**
   * The server returned a ping, for there is no such session any more. What came since another one began under the same
   * JID is that one's.
   * @param isMissing it had ended before the ping
   * @param anewSince null: none has
   */
  returned(
    { number, sentAt }: Pick<UnansweredPing, 'number' | 'sentAt'>,
    isMissing: boolean,
    anewSince: number | null,
    now: number,
    out: Effect[],
  ): void {
    if (anewSince === null) {
      this.#missing.ended(now - ON_ITS_WAY);
      this.book.lacksNothingBefore(this.#missing.since, now);
    }
    const lost = [...this.book.returned(number), ...this.book.renewed(anewSince)];
    // equal messages without id that were taken for receptions were sendings
    if (isMissing && now - sentAt < AT_ONCE) {
      const again = this.#unsure.take(lost, sentAt - FOLLOWS);
      for (const identity of again) out.push({ do: 'store-again', identity });
    }
    if (anewSince !== null) this.#lose(lost, out);
  }

  /** The server returned a message to its sender. Was it one that may have been a sending? It was none, then. */
  returnedToSender(identity: string): boolean {
    return this.#unsure.remove(identity);
  }

  /** The stream is a new one for certain, since then. */
  renewed(since: number, out: Effect[]): void {
    this.#lose(this.book.renewed(since), out);
  }

  /** Time has passed: what was in doubt is decided. */
  wake(now: number, out: Effect[]): void {
    this.settle(now, out);
    this.#lose([...this.book.overtaken(now), ...this.book.excess()], out);
  }

  /** What it has answered, it had, whatever was in doubt, but for what may come back to its sender yet. */
  all(out: Effect[]): void {
    this.settle(null, out);
  }

  /** What it has answered, and what is in doubt no longer than up to a moment, it had; null: see `all`. */
  settle(until: number | null, out: Effect[]): void {
    for (const proved of this.book.settled(until)) this.#prove(proved, out);
  }

  #note(group: number, identity: string, unsure: number | null): number {
    if (unsure !== null) this.#unsure.add(group, identity, unsure);
    return group;
  }

  #prove({ number, groups }: Proved, out: Effect[]): void {
    out.push({ do: 'prove', ping: number, groups, took: null });
    this.#unsure.take(groups);
  }

  #lose(groups: readonly number[], out: Effect[]): void {
    if (groups.length === 0) return;
    this.#unsure.take(groups);
    out.push({ do: 'release', groups });
  }
}
