import type { Answers } from '../spool/content.js';
import type { Effect } from './effect.js';

/** When pings go out and how long they may take. All in ms. */
export interface LineSettings {
  /** In a steady stream of messages to a session, a ping goes out every so often. */
  proofAfter: number;
  /** An answer is awaited for so long. */
  proofTimeout: number;
}

/**
 * How a session takes pings: it was not asked yet, it answers, it never does though it is alive, or it let the last one
 * pass and has given no sign of life since (its connection is gone, and it waits to be resumed, or its line is slow).
 * One that is `spared` gets none, for the operator wants it so.
 */
export type LineState = 'untried' | 'answers' | 'mute' | 'asleep' | 'spared';

/** The second ping waits so long after the first, in ms, and each further one twice as long, up to `proofAfter`. */
const SECOND = 250;
/** A session that is asleep is asked once after so long, and then once in so long, in ms: each ping may wake a phone. */
const ASLEEP = [900_000, 3_600_000] as const;
/** Pings in a row without an answer after which a session that still acts is taken for one that answers none. */
const UNANSWERED = 4;
/** So many pings go to one that answers none, and gives no sign of life, before they become rare. */
const MOST_UNHEARD = 3;
/** So long after a ping a stanza of the client shows that it had time to answer, in ms. */
export const TIME_TO_ANSWER = 5_000;

/** How one session takes pings, and when the next may go out. Pure: time comes in, effects come out. */
export class Line {
  readonly #name: string;
  readonly #settings: LineSettings;
  #state: Exclude<LineState, 'spared'> = 'untried';
  #isSpared = false;
  /** Who has ever answered is no client that answers none: its line is slow. */
  #hasAnswered = false;
  /** Pings in a row that it let pass though it acted. */
  #unanswered = 0;
  /** When the first ping went out that was not answered and is not among those, or null. */
  #waitsSince: number | null = null;
  #lastPingAt = Number.NEGATIVE_INFINITY;
  #gap = SECOND;
  /** Pings that it has let pass since it fell asleep. */
  #slept = 0;
  /** Pings since the last sign of life. */
  #unheard = 0;

  /** @param name of the session, for notes */
  constructor(name: string, settings: LineSettings) {
    this.#name = name;
    this.#settings = settings;
  }

  get state(): LineState {
    return this.#isSpared ? 'spared' : this.#state;
  }

  /** Pings are to be kept from it, or are not any more. Returns whether this is new. */
  spare(spared: boolean): boolean {
    const isNew = this.#isSpared !== spared;
    this.#isSpared = spared;
    return isNew;
  }

  /** What the spool knows of the device. It may have turned out otherwise meanwhile. */
  known(answers: Answers, out: Effect[]): void {
    if (answers === 'yes') this.#hasAnswered = true;
    if (answers !== 'no') return;
    if (this.#hasAnswered) out.push({ do: 'mute', mute: false });
    else this.#state = 'mute';
  }

  /** When the next ping may go out. */
  get nextAt(): number {
    if (this.#isSpared) return Number.NEGATIVE_INFINITY;
    if (this.#state !== 'asleep') return this.#lastPingAt + this.#gap;
    return this.#lastPingAt + ASLEEP[(Math.min(this.#slept, ASLEEP.length) - 1) as 0 | 1];
  }

  /** It answers none, and has given no sign of life for some: whether it is there is asked for as rarely as of who is asleep. */
  isSilent(now: number): boolean {
    if (this.#state !== 'mute' || this.#unheard < MOST_UNHEARD) return false;
    return now - this.#lastPingAt < ASLEEP[this.#unheard === MOST_UNHEARD ? 0 : 1];
  }

  /** How long an answer is awaited, in ms: a device that answers none is asked all the same, but not waited for. */
  patience(settle: number): number {
    const { proofTimeout } = this.#settings;
    return this.#state === 'mute' ? Math.min(settle, proofTimeout) : proofTimeout;
  }

  /** A ping goes out. @param pace how long the next is to wait, in ms */
  pinged(now: number, pace: number): void {
    const { proofAfter } = this.#settings;
    const isPause = now - this.#lastPingAt > 2 * proofAfter;
    this.#gap = Math.max(Math.min(isPause ? SECOND : 2 * this.#gap, proofAfter), pace);
    this.#lastPingAt = now;
    this.#unheard++;
    this.#waitsSince ??= now;
  }

  /** An answer came. */
  answered(out: Effect[]): void {
    if (this.#state === 'asleep') out.push({ do: 'silent', silent: false });
    if (this.#state === 'mute') {
      out.push({ do: 'mute', mute: false });
      out.push({ do: 'note', line: `${this.#name} answers pings again` });
    }
    this.#state = 'answers';
    this.#unheard = 0;
    this.#hasAnswered = true;
    this.#unanswered = 0;
    this.#waitsSince = null;
    this.#slept = 0;
  }

  /** A sign of life. Returns true where it was asleep. */
  awake(out: Effect[]): boolean {
    this.#unheard = 0;
    if (this.#state !== 'asleep') return false;
    this.#state = this.#hasAnswered ? 'answers' : 'untried';
    this.#lastPingAt = Number.NEGATIVE_INFINITY;
    this.#slept = 0;
    out.push({ do: 'silent', silent: false });
    return true;
  }

  /** It let a ping pass before respool was away. @param nextAt it is asked again then */
  sleeps(nextAt: number, out: Effect[]): void {
    this.#state = 'asleep';
    this.#slept = 1;
    this.#lastPingAt = nextAt - ASLEEP[0];
    out.push({ do: 'silent', silent: true });
  }

  /** It cannot be asked: the copy is to count. */
  cannotBeAsked(out: Effect[]): void {
    if (this.#state !== 'mute') this.#mute('lets no ping of respool through', out);
  }

  /** A ping has waited in vain. @param activeAt when the client last sent a stanza of its own */
  overdue(activeAt: number, out: Effect[]): void {
    if (this.#state === 'mute') return;
    const isAlive = activeAt > this.#lastPingAt;
    const hadTime = activeAt > (this.#waitsSince ?? activeAt) + TIME_TO_ANSWER;
    if (hadTime && !this.#hasAnswered) {
      this.#waitsSince = null;
      this.#state = 'untried';
      if (++this.#unanswered >= UNANSWERED) return this.#mute('answers no pings though it is alive', out);
    } else if (!isAlive) {
      this.#slept++;
      this.#state = 'asleep';
    }
    out.push({ do: 'silent', silent: true });
    if (this.#state !== 'asleep') return;
    const line = `${this.#name}: no answer to a ping, its messages stay pending`;
    out.push({ do: 'note', line, asleep: true });
  }

  #mute(why: string, out: Effect[]): void {
    this.#state = 'mute';
    out.push({ do: 'mute', mute: true });
    out.push({ do: 'note', line: `${this.#name} ${why}; from now on ejabberd's copy counts as proof` });
  }
}
