import type { LoginAct } from '../tap/event.js';

/**
 * Which stream of a session a stanza is of. A new stream under the same full JID looks like the old one, for the bind
 * is not copied:
 * - `new`: no presence of this session was seen before;
 * - `renewed`: what it does shows for certain that it is another stream than before;
 * - `sign`: it may be another one;
 * - `same`: nothing speaks for that.
 */
export type StreamGuess = 'new' | 'renewed' | 'sign' | 'same';

/**
 * What a presence says: it is the `first` of this stream for certain, as it is for one that was seen `bound` before; it is
 * `equal` to the one before, as a new stream's is; or it is an `update`, which may be a new stream's too.
 */
type Shown = 'first' | 'bound' | 'equal' | 'update';

/** What clients do once in each stream. */
type OnceInStream = Exclude<LoginAct, 'archive'>;

/** From the first stanza of a login to its last, in ms: what follows a presence within this time belongs to its login. */
const LOGIN = 15_000;
/** It is in its rooms within this time, in ms. */
const JOINED = 60_000;
/** The server answers a first presence with those of others on it within this time, in ms. */
const PROBED = 200;
/** Some clients do all of their login twice within this time, in ms: nobody is there, gone and there again so soon. */
const AT_FIRST = 100;
/** What is done again within this time of the first, in ms, is of one stream: nobody is gone and there again so soon. */
const TOO_SOON = 1_000;
/** What a stream does twice, and a presence, within this time of each other, in ms, are of a new stream. */
const TOGETHER = 10_000;

/** Some clients join their rooms before anything else is seen of them, so long at most, in ms. */
export const JOINS_BEFORE = 2_000;
/** And switch carbons on so long before their presence at most, in ms. */
const ENABLES_BEFORE = 3_000;

const NEVER = Number.NEGATIVE_INFINITY;
const FOREVER = Number.POSITIVE_INFINITY;
const BIT: Readonly<Record<OnceInStream, number>> = { roster: 1, carbons: 2 };
const ALL = 3;

/**
 * Follows the logins of one session. Pure: time comes in.
 *
 * Example: presence, roster, carbons: one login. Then roster again: a sign. Then presence: it is a new stream for
 * certain, for both came again.
 */
export class Login {
  /** What this stream has done. */
  #acts = 0;
  /** When each was done last. */
  readonly #doneAt: Record<OnceInStream, number> = { roster: NEVER, carbons: NEVER };
  /** When its presence came last, so long after the one before, and what that says of the stream. */
  #presence: { at: number; after: number; is: Shown } = { at: NEVER, after: FOREVER, is: 'first' };
  /** What it had done before that. */
  #actsBefore = 0;
  /** When this stream first showed itself, as far as is known. */
  #since = NEVER;
  /** What it has done again since its presence, and when first. */
  #again = { acts: 0, at: NEVER };
  /** When something last spoke for a new stream, and when something last showed that carbon copies are on. */
  #signAt = NEVER;
  #carbonsAt = NEVER;

  /** Has this stream switched carbon copies on (XEP-0280), as far as is known? */
  get hasCarbons(): boolean {
    return this.#carbonsAt > this.#signAt - ENABLES_BEFORE;
  }

  /** It has switched them on, or off, or got one. */
  carbons(on: boolean, now: number): void {
    this.#carbonsAt = on ? now : NEVER;
  }

  /** When this stream first showed itself, as far as is known, in ms. */
  get since(): number {
    return this.#since;
  }

  /** Its stream has shown itself just now: what comes twice is of one login. */
  isYoung(now: number): boolean {
    return now - this.#since <= AT_FIRST;
  }

  /** It is found to be there, and has been for long: its login is over. */
  endLogin(): void {
    this.#acts = ALL;
  }

  /** It does what clients do at a login. @param isAnnounced whether its presence is known */
  acts(act: OnceInStream, isAnnounced: boolean, now: number): StreamGuess {
    const bit = BIT[act];
    const isTooSoon = now - this.#doneAt[act] < TOO_SOON;
    this.#doneAt[act] = now;
    const isFirst = (this.#acts & bit) === 0;
    this.#acts |= bit;
    if (isFirst && (!isAnnounced || now - this.#presence.at <= LOGIN)) return 'same';
    return isTooSoon ? 'same' : this.#repeats(bit, (this.#actsBefore & bit) !== 0, now);
  }

  /** It asks to be let into a room where it is not: some clients do so before they show the presence of a new stream. */
  joins(now: number): StreamGuess {
    if (now - this.#presence.at <= JOINED) return 'same';
    this.sign(now);
    return 'sign';
  }

  /** It may be another stream: it gets what an earlier one of this JID had not acknowledged, or joins rooms anew. */
  sign(now: number): void {
    if (now - this.#again.at > TOGETHER) this.#again = { acts: 0, at: now };
    this.#signAt = now;
  }

  /**
   * It asks to be let into a room where it has been since that moment: before its presence, perhaps.
   * @param isWatched others are there, whom the room would have told of the end of a stream: it shows nothing for certain
   */
  joinsAgain(joinedAt: number, isWatched: boolean, now: number): StreamGuess {
    if (now - joinedAt < TOO_SOON) return 'same';
    if (isWatched) {
      this.#signAt = now;
      return 'sign';
    }
    const { at } = this.#presence;
    return this.#repeats(0, joinedAt < (this.#isFirstShown ? at - JOINS_BEFORE : at), now);
  }

  /**
   * It shows its presence.
   * @param isEqual it says what it has said before, as a new stream does, or it is not known what that was
   */
  announces(isAnnounced: boolean, isEqual: boolean, now: number): StreamGuess {
    const isAgain = isAnnounced && now - this.#again.at <= TOGETHER;
    if (isAnnounced && !isAgain && this.isYoung(now)) return 'same';
    this.#since = isAgain ? this.#again.at : isAnnounced ? this.#since : now;
    if (isAgain) this.#acts = this.#again.acts;
    this.#actsBefore = isAnnounced && !isAgain ? this.#acts : 0;
    this.#again = { acts: 0, at: NEVER };
    const is = !isAnnounced || isAgain ? 'first' : isEqual ? 'equal' : 'update';
    this.#presence = { at: now, after: now - this.#presence.at, is };
    if (is === 'update') return 'same';
    this.#signAt = now;
    if (!isAnnounced) return 'new';
    return isAgain ? 'renewed' : 'sign';
  }

  /**
   * The server tells it who else is there, and since when (XEP-0203): so it does after the first presence of a stream
   * alone (RFC 6121, 4.3).
   */
  told(now: number): StreamGuess {
    const { at, is } = this.#presence;
    if (now - at > PROBED || this.#since >= at || is === 'bound') return 'same';
    this.#signAt = at;
    return this.#isFirst();
  }

  /**
   * A stream of this JID has ended.
   * @param joinedAt when it was let into the room that says so, in ms; null: the next one is told, which has shown its
   * presence already
   * @returns `renewed`, who has shown the last presence is the next one; `sign`, the next one is to come; both, where it
   * may be either
   */
  outlives(joinedAt: number | null, now: number): readonly ('renewed' | 'sign')[] {
    const { at, is } = this.#presence;
    const isLongAgo = now - at > TOGETHER;
    if (this.#isFirstShown && joinedAt === null && !isLongAgo) return [];
    if (this.#isFirstShown || isLongAgo) {
      this.#signAt = now;
      return ['sign'];
    }
    this.#signAt = at;
    const isOther = joinedAt === null || (is === 'equal' && joinedAt < at - JOINS_BEFORE);
    return isOther ? [this.#isFirst()] : [this.#isFirst(), 'sign'];
  }

  /** Somebody was told at that moment that it had ended, or the next one was seen `bound` then; and it shows itself. */
  hadEnded(at: number, is: 'first' | 'bound' = 'first'): 'renewed' {
    this.#since = at;
    this.#signAt = Math.max(this.#signAt, at);
    this.#presence.is = is;
    return 'renewed';
  }

  /** Is its last presence known to be the first of its stream? */
  get #isFirstShown(): boolean {
    return this.#presence.is === 'first' || this.#presence.is === 'bound';
  }

  /** Its last presence was the first of a new stream. */
  #isFirst(): 'renewed' {
    this.#since = this.#presence.at;
    this.#presence.is = 'first';
    this.#actsBefore = 0;
    return 'renewed';
  }

  /** @param isBefore it did so before its last presence */
  #repeats(bit: number, isBefore: boolean, now: number): StreamGuess {
    if (this.isYoung(now)) return 'same';
    this.#signAt = now;
    if (isBefore && now - this.#presence.at <= TOGETHER && this.#presence.after >= TOO_SOON) {
      this.#acts = bit;
      return this.#isFirst();
    }
    if (now - this.#again.at > TOGETHER) this.#again = { acts: 0, at: now };
    this.#again.acts |= bit;
    return 'sign';
  }
}
